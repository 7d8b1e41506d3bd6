"""A simulated Unite API over a synthetic company: the vendor has no sandbox, this is one.

Here stands the public surface only. `company` makes up extensions, callers, calls and recordings from a seed;
`protocol` speaks the vendor's API about them; `faults` makes it misbehave on request; `server` puts it on loopback.
Nothing here knows our own client: forms, envelopes and limits are written again from the vendor's document.
"""

from unite_pipeline.simulator.company.company import Company
from unite_pipeline.simulator.company.habits import RecorderHabits
from unite_pipeline.simulator.company.model import (
    TrueCall,
    TrueContact,
    TrueExtension,
    TrueFlow,
    TrueLeg,
    TrueNumber,
    TrueRecording,
    TrueSwitch,
)
from unite_pipeline.simulator.company.plan import CompanyPlan
from unite_pipeline.simulator.faults import ALWAYS, CutConnectionError, Fault, Faults, HangingConnectionError
from unite_pipeline.simulator.log import Change, State, ThingKind
from unite_pipeline.simulator.simulator import Answer, RequestRecord, Simulator
from unite_pipeline.simulator.truth import Truth

__all__ = [
    "ALWAYS",
    "Answer",
    "Change",
    "Company",
    "CompanyPlan",
    "CutConnectionError",
    "Fault",
    "Faults",
    "HangingConnectionError",
    "RecorderHabits",
    "RequestRecord",
    "Simulator",
    "State",
    "ThingKind",
    "TrueCall",
    "TrueContact",
    "TrueExtension",
    "TrueFlow",
    "TrueLeg",
    "TrueNumber",
    "TrueRecording",
    "TrueSwitch",
    "Truth",
]
