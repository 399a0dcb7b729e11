"""The four durable procedures by the names Temporal knows; all they are is in `durable`."""

from temporalio import workflow

from domain.vocabulary import CaseKind
from workflows.durable import CaseWorkflow
from workflows.envelope import CaseEnd, OpenCase


@workflow.defn(name=CaseKind.MEDIATION.value)
class MediationWorkflow(CaseWorkflow):
    """人民调解."""

    @workflow.init
    def __init__(self, request: OpenCase) -> None:
        super().__init__(request)

    @workflow.run
    async def run(self, request: OpenCase) -> CaseEnd:
        """Live until the dispute is settled or ended."""
        return await self.live()


@workflow.defn(name=CaseKind.PETITION.value)
class PetitionWorkflow(CaseWorkflow):
    """信访."""

    @workflow.init
    def __init__(self, request: OpenCase) -> None:
        super().__init__(request)

    @workflow.run
    async def run(self, request: OpenCase) -> CaseEnd:
        """Live until the petition is finally answered."""
        return await self.live()


@workflow.defn(name=CaseKind.WHISTLE.value)
class WhistleWorkflow(CaseWorkflow):
    """吹哨报到."""

    @workflow.init
    def __init__(self, request: OpenCase) -> None:
        super().__init__(request)

    @workflow.run
    async def run(self, request: OpenCase) -> CaseEnd:
        """Live until the blower stands the whistle down."""
        return await self.live()


@workflow.defn(name=CaseKind.ORDER.value)
class OrderWorkflow(CaseWorkflow):
    """居民点单."""

    @workflow.init
    def __init__(self, request: OpenCase) -> None:
        super().__init__(request)

    @workflow.run
    async def run(self, request: OpenCase) -> CaseEnd:
        """Live until the order is closed."""
        return await self.live()


WORKFLOWS = (MediationWorkflow, PetitionWorkflow, WhistleWorkflow, OrderWorkflow)
