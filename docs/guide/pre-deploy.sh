#!/bin/sh
# Refuses a deploy while the database that it goes to has a hole, or while that cannot be seen.
# UPHELD_DATABASE_URL names the database, after its migrations have run; any login that may connect will do.
# UPHELD, FAIL_ON and REPORT may be set: the command, the least danger that refuses, and where the page goes.
set -u

upheld=${UPHELD:-npx upheld}
report=${REPORT:-upheld-report.html}

# shellcheck disable=SC2086 # the command may be several words
$upheld check --fail-on "${FAIL_ON:-high}" --html "$report"
code=$?

case $code in
  0) echo "Nothing of danger ${FAIL_ON:-high} or above was seen: the deploy may go on." ;;
  1) echo "Refused: the database has a hole. $report says which, and what mends it." >&2 ;;
  2) echo "Refused: not everything could be seen. $report says what, and why." >&2 ;;
  *) echo "Refused: the database could not be looked at (exit $code)." >&2 ;;
esac
exit "$code"
