"""Walks as an agent would, with the Python SDK: the seven steps of the source's instructions, then the tools that are ours.

    walk.py [--write FILE] http URL            # of a service, in each way in which the SDK connects
    walk.py [--write FILE] stdio COMMAND...    # of a process, on its standard input and output
    walk.py task COMMAND...                    # records what became of a task, and waits until it is seen

The SDK holds each answer against the schema that its tool has. Fails with a sentence where something is not as it is to be.
"""

import asyncio
import json
import sys
import time

from mcp.client import Client
from mcp.client.stdio import StdioServerParameters

ACCOUNT = "cobalt"
# Bytes of an answer, and of all results of the seven steps, each of which has its answer twice.
ANSWER_MAX = 16 * 1024
WALK_MAX = 64 * 1024

# The tool calls of the source's text, then what its last three steps are made from.
STEPS = [
    ("1 product adoption", "analytics_feature_adoption", {"accountId": ACCOUNT, "groupByProduct": True, "includeModules": True}),
    ("2 entitlements", "stripe_get_subscription", {"customerId": ACCOUNT, "includeProducts": True, "includeAddons": True}),
    ("3 account context", "crm_get_account", {"accountId": ACCOUNT, "includeUseCase": True, "includeContract": True}),
    (
        "4 cross-product usage",
        "analytics_query_events",
        {"accountId": ACCOUNT, "events": ["cross_product_action", "integration_use", "workflow_complete"], "period": "30d"},
    ),
    ("5 adoption scores", "adoption_account_report", {"account": ACCOUNT, "sections": ["elements", "segments", "milestones"]}),
    ("6 gaps and opportunities", "adoption_account_report", {"account": ACCOUNT, "sections": ["products", "connections", "synergies", "cross_sell"]}),
    ("7 recommendations", "adoption_account_report", {"account": ACCOUNT, "sections": ["recommendations", "guardrails", "journey"]}),
]
OURS = [
    ("whole report", "adoption_account_report", {"account": ACCOUNT}),
    ("find", "adoption_find_accounts", {"filter": "open_alerts > 0"}),
    ("explain", "adoption_explain", {"account": ACCOUNT, "product": "crm"}),
    ("incidents", "adoption_incidents", {"kind": "play"}),
    ("portfolio", "adoption_portfolio", {}),
]
DOTTED = {
    "analytics_feature_adoption": "analytics.feature_adoption",
    "stripe_get_subscription": "stripe.get_subscription",
    "crm_get_account": "crm.get_account",
    "analytics_query_events": "analytics.query_events",
}


def check(holds, sentence):
    if not holds:
        sys.exit(f"walk.py: {sentence}")


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def text_of(result):
    check(len(result.content) == 1 and result.content[0].type == "text", f"expected one text: {result}")
    return result.content[0].text


async def ask(client, name, arguments):
    """The answer of a tool, its bytes as an answer, and those of the result that carried it."""
    result = await client.call_tool(name, arguments)
    check(not result.is_error, f"{name} {arguments}: {result.content}")
    answer = json.loads(text_of(result))
    check(answer == result.structured_content, f"{name}: the text is not the structured content")
    check({"data", "as_of"} <= answer.keys() <= {"data", "as_of", "left_out", "next"}, f"{name} answers {list(answer)}")
    check(("next" in answer) <= ("left_out" in answer), f"{name} goes on although nothing is left out")
    carried = result.model_dump(mode="json", by_alias=True, exclude_none=True)
    return answer, len(compact(answer)), len(compact(carried))


async def walk(client):
    tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    listed = sum(len(compact(tool.model_dump(mode="json", by_alias=True, exclude_none=True))) for tool in tools.values())
    inputs = sum(len(compact({"name": tool.name, "description": tool.description, "inputSchema": tool.input_schema})) for tool in tools.values())
    check(all("." not in name for name in tools), "a name has a dot")
    check(set(DOTTED) <= set(tools), f"the source's tools are not there: {sorted(tools)}")
    answers, all_bytes, all_carried = {}, 0, 0
    for what, name, arguments in STEPS:
        answer, size, carried = await ask(client, name, arguments)
        check(size <= ANSWER_MAX, f"{what}: {size} bytes")
        if name in DOTTED:
            dotted, _, _ = await ask(client, DOTTED[name], arguments)
            check(dotted["data"] == answer["data"], f"{name} answers something else under its dotted name")
        answers[what], all_bytes, all_carried = answer["data"], all_bytes + size, all_carried + carried
        print(f"  {what:<26}{name:<28}{size:>7} bytes, left out {answer.get('left_out', {})}")
    check(all_carried <= WALK_MAX, f"the results of the seven steps have {all_carried} bytes")
    print(f"  seven steps: {all_bytes} bytes of answers; {all_carried} with both copies that a result has; {len(tools)} tools: {listed} bytes, "
          f"of which {inputs} are names, descriptions and inputs")
    for what, name, arguments in OURS:
        answer, size, _ = await ask(client, name, arguments)
        check(size <= ANSWER_MAX, f"{what}: {size} bytes")
        answers[what] = answer["data"]
    # All pages of a list have each row once.
    incidents, arguments = [], {"limit": 4, "max_bytes": 4096}
    while arguments is not None:
        page, size, _ = await ask(client, "adoption_incidents", arguments)
        check(size <= 4096, f"a page of {size} bytes")
        incidents += [row["incident"] for row in page["data"]]
        check(len(incidents) + page.get("left_out", {}).get("data", 0) >= len(set(incidents)) == len(incidents), "a row came twice")
        arguments = page.get("next")
    check(len(incidents) > 4, "there is one page alone")
    refused = await client.call_tool("crm_get_account", {"acountId": ACCOUNT})
    refusal = json.loads(text_of(refused))
    check(refused.is_error and refusal["nearest"] == "accountId", f"an argument that there is not: {refusal}")
    return answers


async def over(server, write):
    of_modes = {}
    for mode in ["legacy", "auto"]:
        async with Client(server() if callable(server) else server, mode=mode) as client:
            print(f"{mode}: revision {client.protocol_version}")
            of_modes[mode] = await walk(client)
    check(of_modes["legacy"] == of_modes["auto"], "the revisions of the protocol are answered differently")
    if write:
        with open(write, "w", encoding="utf-8") as file:
            json.dump(of_modes["auto"], file, indent=1, ensure_ascii=False, sort_keys=True)


async def task(server):
    async with Client(server) as client:
        names = [tool.name for tool in (await client.list_tools()).tools]
        check("adoption_record_task" in names, f"who may write is not told how: {names}")
        deadline = time.monotonic() + 60
        while True:
            page, _, _ = await ask(client, "adoption_incidents", {"kind": "play", "max_bytes": 65536})
            plays = [row for row in page["data"] if any(task["state"] == "open" for task in row.get("tasks", []))]
            if plays:
                break
            check(time.monotonic() < deadline, "no play has opened")
            await asyncio.sleep(0.5)
        play = plays[-1]
        which = next(task["task"] for task in play["tasks"] if task["state"] == "open")
        arguments = {"account": play["account"], "incident": play["incident"], "task": which, "status": "done", "reason": "by telephone"}
        recorded, _, _ = await ask(client, "adoption_record_task", arguments)
        print(f"recorded as {recorded['data']['record']}: {which} of {play['rule']} of {play['account']}")
        while True:
            page, _, _ = await ask(client, "adoption_incidents", {"account": play["account"], "kind": "play", "max_bytes": 65536})
            now = [row for row in page["data"] if row["incident"] == play["incident"]]
            tasks = {task["task"]: task for row in now for task in row["tasks"]}
            # A play whose last task is done is closed.
            if not now or tasks[which]["state"] == "done" and tasks[which].get("reason") == "by telephone":
                return
            check(time.monotonic() < deadline, f"the task is not seen to be done: {now}")
            await asyncio.sleep(0.2)


def main(arguments):
    write = None
    if arguments[0] == "--write":
        write, arguments = arguments[1], arguments[2:]
    process = StdioServerParameters(command=arguments[1], args=arguments[2:])
    if arguments[0] == "http":
        asyncio.run(over(f"{arguments[1]}/mcp", write))
    elif arguments[0] == "stdio":
        asyncio.run(over(process, write))
    else:
        asyncio.run(task(process))


main(sys.argv[1:])
