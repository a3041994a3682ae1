#!/usr/bin/env bash
# Creates an alarm for the metrics of examples/workflows/cloudwatch-metrics.yml. It is in the state ALARM if no copy of the
# table was completed in the last 26 hours: one night, and two hours for a late start and the copy itself.
set -euo pipefail

aws cloudwatch put-metric-alarm \
  --alarm-name 'No backup of orders' \
  --metrics '[
    {"Id": "copies", "ReturnData": false, "MetricStat": {"Period": 3600, "Stat": "SampleCount", "Metric": {
      "Namespace": "Backups", "MetricName": "Items", "Dimensions": [{"Name": "Table", "Value": "orders"}]}}},
    {"Id": "filled", "ReturnData": true, "Expression": "FILL(copies, 0)", "Label": "Copies per hour"}]' \
  --comparison-operator LessThanThreshold --threshold 1 \
  --evaluation-periods 26 --datapoints-to-alarm 26 \
  --treat-missing-data breaching \
  --alarm-actions arn:aws:sns:eu-central-1:123456789012:backups
