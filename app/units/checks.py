"""What must agree within one unit, whoever makes or changes it: a form, the API, an import."""

from collections.abc import Iterable
from datetime import date

from app.core.errors import invalid
from app.units.models import OFFICES, SCHOOLS, WITHOUT_ACCOUNT, UnitKind


def check_dates(start: date | None, end: date | None) -> None:
    if start and end and end < start:
        raise invalid("valid_to", f"停用日期 {end} 早于启用日期 {start}，请改为同日或以后")


def check_duty(kind: UnitKind) -> None:
    if kind not in OFFICES:
        raise invalid("duty", "只有股室或二级单位才有这项职责")


def check_answering(kind: UnitKind, answering: UnitKind) -> None:
    if kind not in WITHOUT_ACCOUNT:
        raise invalid("answering_unit_id", "只有外部单位和校外培训机构才由股室代管")
    if answering not in OFFICES:
        raise invalid("answering_unit_id", "代管单位须为股室或二级单位")


def check_hosts(kind: UnitKind, hosts: Iterable[UnitKind]) -> None:
    if kind != UnitKind.PARTY_ORGANIZATION:
        raise invalid("host_ids", "只有基层党组织才有所在单位")
    if UnitKind.PARTY_ORGANIZATION in hosts:
        raise invalid("host_ids", "所在单位须为股室、学校等单位，不能是另一个党组织")


def check_pair(office_id: int, school_id: int, office: UnitKind, school: UnitKind) -> None:
    if office_id == school_id:
        raise invalid("school_id", "单位不能包联自己")
    if office not in OFFICES:
        raise invalid("office_id", "包联单位须为股室或二级单位")
    if school not in SCHOOLS:
        raise invalid("school_id", "被包联单位须为中心校、学校或幼儿园")
