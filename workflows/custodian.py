"""The custodian's rounds as a workflow: what is to be done, in order, each tried again and none in another's way."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import FailureError, is_cancelled_exception

from activities import interface as hands

_LONGEST = timedelta(hours=6)  # after an outage a round has all of it to make up for
_SIGN_OF_LIFE = timedelta(minutes=2)
_RETRY = RetryPolicy(
    initial_interval=timedelta(seconds=5), maximum_interval=timedelta(minutes=1), maximum_attempts=5
)


@workflow.defn(name=hands.CUSTODIAN)
class CustodianWorkflow:
    """保管人: one round. What fails in it, the next round finds again."""

    @workflow.run
    async def run(self, rounds: hands.Rounds) -> hands.RoundsMade:
        """Do each activity in turn; one that fails is named in the result and does not stop the others."""
        before = _last() if rounds.goes_on else hands.RoundsMade()
        results: dict[str, hands.RoundResult] = {}
        failed: list[str] = []
        for name in rounds.activities:
            mark = before.results.get(name, hands.RoundResult()).mark
            try:
                results[name] = await _do(name, mark)
            except FailureError as failure:
                if is_cancelled_exception(failure):
                    raise
                failed.append(name)
                results[name] = hands.RoundResult(mark=mark)
        return hands.RoundsMade(results=results, failed=failed)


def _last() -> hands.RoundsMade:
    """What the round before this one of the same schedule gave."""
    return workflow.get_last_completion_result(hands.RoundsMade) or hands.RoundsMade()


async def _do(name: str, mark: int) -> hands.RoundResult:
    result: hands.RoundResult = await workflow.execute_activity(
        name, hands.RoundRequest(after=mark), result_type=hands.RoundResult, retry_policy=_RETRY,
        start_to_close_timeout=_LONGEST, heartbeat_timeout=_SIGN_OF_LIFE,
    )  # fmt: skip
    return result
