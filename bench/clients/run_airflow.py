"""Runs DynamoDBToS3Operator of Airflow once and writes the resource usage of the process to BENCH_USAGE_FILE."""

import json
import os
import resource

from airflow.providers.amazon.aws.transfers.dynamodb_to_s3 import DynamoDBToS3Operator

# Default of the Action. The default of the operator, 1000 bytes, would upload every page separately.
FILE_SIZE = 128 * 1024 * 1024


def peak_bytes() -> int:
    with open("/proc/self/status", encoding="ascii") as status:
        line = next(line for line in status if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def write_usage() -> None:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    usage = {
        "user": sum(each.ru_utime for each in usages),
        "system": sum(each.ru_stime for each in usages),
        "peakBytes": peak_bytes(),
    }
    with open(os.environ["BENCH_USAGE_FILE"], "w", encoding="ascii") as file:
        json.dump(usage, file)


try:
    DynamoDBToS3Operator(
        task_id="copy",
        dynamodb_table_name=os.environ["BENCH_TABLE"],
        s3_bucket_name="bench",
        s3_key_prefix="airflow/",
        file_size=FILE_SIZE,
    ).execute(context={})
finally:
    write_usage()
