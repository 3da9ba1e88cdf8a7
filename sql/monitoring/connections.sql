-- Who is connected, what they do, and for how long.
SELECT application_name, usename AS login, state, count(*) AS connections,
       max(now() - xact_start) AS oldest_transaction,
       current_setting('max_connections')::integer AS connections_allowed
FROM pg_stat_activity
WHERE backend_type = 'client backend' AND datname = current_database()
GROUP BY application_name, usename, state
ORDER BY connections DESC, application_name;
