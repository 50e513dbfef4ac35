"""A Table job as people write them: it reads orders, adds them up by customer, and writes the sums to another topic.

job.py JARS BOOTSTRAP REGISTRY SOURCE SINK NAME; run by PyFlink's own interpreter, in a process of its own.
"""

import sys
from pathlib import Path

from pyflink.table import EnvironmentSettings, TableEnvironment

jars, bootstrap, registry, source, sink, name = sys.argv[1:]

# What is there is read to its end, so that the job ends as well.
tables = TableEnvironment.create(EnvironmentSettings.in_batch_mode())
config = tables.get_config()
config.set("pipeline.name", name)
config.set("pipeline.jars", ";".join(jar.as_uri() for jar in sorted(Path(jars).glob("*.jar"))))
config.set("parallelism.default", "1")
config.set("taskmanager.memory.managed.size", "64m")

tables.execute_sql(f"""
    CREATE TABLE orders (`id` BIGINT NOT NULL, `customer` STRING NOT NULL, `cents` BIGINT NOT NULL) WITH (
        'connector' = 'kafka', 'topic' = '{source}', 'properties.bootstrap.servers' = '{bootstrap}',
        'properties.group.id' = '{name}', 'properties.client.id.prefix' = '{name}',
        'properties.max.partition.fetch.bytes' = '1024',
        'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = 'latest-offset',
        'format' = 'avro-confluent', 'avro-confluent.url' = '{registry}')
""")
tables.execute_sql(f"""
    CREATE TABLE totals (`customer` STRING NOT NULL, `orders` BIGINT NOT NULL, `cents` BIGINT NOT NULL) WITH (
        'connector' = 'kafka', 'topic' = '{sink}', 'properties.bootstrap.servers' = '{bootstrap}',
        'properties.client.id' = '{name}',
        'format' = 'avro-confluent', 'avro-confluent.url' = '{registry}', 'avro-confluent.subject' = '{sink}-value')
""")
tables.execute_sql("""
    INSERT INTO totals SELECT `customer`, COUNT(*), SUM(`cents`) FROM orders GROUP BY `customer`
""").wait()
