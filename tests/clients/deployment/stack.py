"""The stack: deployed by the project's own command, and inspected through AWS's interfaces."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import boto3

ROOT = Path(__file__).resolve().parents[3]
TEMPLATE = ROOT / "infra" / "template.yaml"
NAME = "rekey"
# The longest time that one deployment may take, in seconds.
DEPLOYING = 300


class Stack:
    """The deployed template. The environment leads the AWS CLI and boto3 to the emulator."""

    def __init__(self, binaries, folder):
        # Where the administrator's command line is, beside the functions.
        self.tools = binaries
        self.binaries = folder / "binaries"
        self.binaries.mkdir()
        for function in re.findall(r"CodeUri: \S+/([a-z-]+)$", TEMPLATE.read_text(), re.MULTILINE):
            program = shutil.copy2(binaries / function, self.binaries)
            # Without what only a debugger needs, it is half as large.
            if shutil.which("strip"):
                subprocess.run(["strip", "--preserve-dates", program], check=True)

    def deploy(self, *, name=NAME, **parameters):
        """Runs `infra/deploy` with these parameters. Returns its status and what it says."""
        command = [ROOT / "infra" / "deploy", name, *(f"{key}={value}" for key, value in parameters.items())]
        ran = subprocess.run(
            command, env={**os.environ, "BINARIES": str(self.binaries), "ARCHITECTURE": "x86_64"},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=DEPLOYING,
        )
        return ran.returncode, ran.stdout

    def describe(self):
        return boto3.client("cloudformation").describe_stacks(StackName=NAME)["Stacks"][0]

    def outputs(self):
        return {one["OutputKey"]: one["OutputValue"] for one in self.describe()["Outputs"]}

    def resources(self):
        """The stack's resources by their names in the template."""
        pages = boto3.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=NAME)
        return {one["LogicalResourceId"]: one for page in pages for one in page["StackResourceSummaries"]}

    def id(self, name):
        """The real name of a resource of the template."""
        found = boto3.client("cloudformation").describe_stack_resource(StackName=NAME, LogicalResourceId=name)
        return found["StackResourceDetail"]["PhysicalResourceId"]

    def of_type(self, kind):
        return [name for name, one in self.resources().items() if one["ResourceType"] == kind]

    def log(self, name):
        """The lines of a log group, oldest first."""
        pages = boto3.client("logs").get_paginator("filter_log_events").paginate(logGroupName=self.id(name))
        return [event["message"] for page in pages for event in page["events"]]
