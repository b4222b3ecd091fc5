"""Writes many runs from a few: `copies.py TARGET COUNT RUN...`.

Each copy is a run of another device: its own serial number, address, unit id, day, and ports (of the ledger, of the
attempts, and of the manifest), under digests of its own. The bytes of the exchanges (`blobs/`) are copied as they are.
"""

import datetime
import hashlib
import json
import pathlib
import re
import sys

KEPT = ("device.json", "evidence.jsonl", "profile.toml")


def moved(port, number, swept):
    """Where a TCP port goes in this copy: up by less than what is free above it."""
    above = min((other for other in swept if other > port), default=65536)
    return port + number % max(1, min(above - port, 100))


def ledger(spans, ports):
    """The spans with every single open port moved; its neighbours grow and shrink."""
    for before, here, after in zip(spans, spans[1:], spans[2:]):
        new = ports.get(here["first"])
        if here["state"] == "open" and here["first"] == here["last"] and new and after["last"] > new:
            before["last"], here["first"], here["last"], after["first"] = new - 1, new, new, new + 1


def with_ports(item, ports):
    target = item["target"]
    if target.get("transport") == "tcp" and "port" in target:
        target["port"] = ports.get(target["port"], target["port"])
    for fact in item["outcome"].get("observations", []):
        if fact["kind"] == "port-ledger":
            value = fact["value"]
            ledger(value["spans"], ports)
            for check in value.get("rechecks", []):
                check["port"] = ports.get(check["port"], check["port"])
            canary = value["sweep"].get("canary")
            value["sweep"]["canary"] = ports.get(canary, canary)
    return item


class Source:
    def __init__(self, run):
        read = lambda name: (run / name).read_text()
        self.info = json.loads(read("run.json"))
        self.device = read("device.json")
        self.evidence = read("evidence.jsonl")
        self.profile = read("profile.toml")
        folders = [run / name for name in ("blobs", "inputs") if (run / name).is_dir()]
        paths = [path for folder in folders for path in folder.iterdir()]
        self.kept = {path.relative_to(run): path.read_bytes() for path in paths}
        unit = json.loads(self.device)["units"][0]
        self.serial, self.address = unit["serial"], unit["addresses"][0]
        self.day = self.info["started_at"][:10]
        spans = [
            span
            for line in self.evidence.splitlines()
            for fact in json.loads(line)["outcome"].get("observations", [])
            if fact["kind"] == "port-ledger"
            for span in fact["value"]["spans"]
        ]
        self.open = sorted({span["first"] for span in spans if span["state"] == "open"})

    def copy(self, target, number):
        day = datetime.date.fromisoformat(self.day) - datetime.timedelta(days=number % 1000)
        serial = re.sub(r"\d+$", lambda it: f"{number:0{len(it[0])}}", self.serial)
        address = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
        ports = {port: moved(port, number, self.open) for port in self.open}

        def varied(text):
            text = text.replace(self.serial, serial).replace(self.address, address)
            return text.replace(self.day, day.isoformat())

        device = json.loads(varied(self.device))
        device["units"][0]["id"] = unit = f"unit-{number}"
        for service in device["services"]:
            if service["transport"] == "tcp":
                service["port"] = ports.get(service["port"], service["port"])
        items = []
        for line in varied(self.evidence).splitlines():
            item = with_ports(json.loads(line), ports)
            item["unit"] = unit
            items.append(json.dumps(item, separators=(",", ":"), ensure_ascii=False))
        texts = {
            "device.json": json.dumps(device, indent=2, ensure_ascii=False) + "\n",
            "evidence.jsonl": "\n".join(items) + "\n",
            "profile.toml": self.profile,
        }
        info = json.loads(varied(json.dumps(self.info)))
        for name in KEPT:
            info["digests"][name] = hashlib.sha256(texts[name].encode()).hexdigest()
        texts["run.json"] = json.dumps(info, indent=2) + "\n"
        (target / "blobs").mkdir(parents=True)
        for name, text in texts.items():
            (target / name).write_text(text)
        for name, content in self.kept.items():
            (target / name).parent.mkdir(exist_ok=True)
            (target / name).write_bytes(content)


def main():
    target, count, runs = pathlib.Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    sources = [Source(pathlib.Path(run)) for run in runs]
    for number in range(count):
        sources[number % len(sources)].copy(target / f"run-{number:05}", number)


main()
