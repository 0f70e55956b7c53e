// Prints each change of a stage once. Needs: go get github.com/twmb/franz-go@v1.22.3
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"
)

func header(record *kgo.Record, name string) string {
	for _, header := range record.Headers {
		if header.Key == name {
			return string(header.Value)
		}
	}
	return ""
}

func main() {
	ctx := context.Background()
	brokers := cmp.Or(os.Getenv("KAFKA_BROKERS"), "127.0.0.1:9092")
	client, err := kgo.NewClient(
		kgo.SeedBrokers(strings.Split(brokers, ",")...),
		kgo.ConsumerGroup("stage-changes-go"),
		kgo.ConsumeTopics("adoption.stage-changes.v1"),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.DisableAutoCommit(),
	)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	seen := map[string]bool{}
	var order []string // the last ids, the oldest first
	for {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			log.Fatal(err)
		}
		fetches.EachRecord(func(record *kgo.Record) {
			id := header(record, "ce_id")
			if id == "" || seen[id] {
				return
			}
			var change struct{ From, To string }
			if err := json.Unmarshal(record.Value, &change); err != nil {
				log.Fatal(err)
			}
			fmt.Println(header(record, "ce_time"), header(record, "ce_subject"), change.From, "->", change.To)
			seen[id] = true
			if order = append(order, id); len(order) > 100_000 {
				delete(seen, order[0])
				order = order[1:]
			}
		})
		// After the work: what a crash interrupts is read again.
		if err := client.CommitUncommittedOffsets(ctx); err != nil {
			log.Fatal(err)
		}
	}
}
