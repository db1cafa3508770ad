select name from upheld_guard.tenant_schema order by 1
