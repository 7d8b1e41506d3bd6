"""unite-pipeline: a VOIPZeker Unite telephone system as Parquet and a DuckDB warehouse, kept up to date by Dagster."""
