"""The catalogues of boxes from a table (档案盒目录): what the paper says of the pieces that lie in open ones."""

from app.boxes.importing.checking import check
from app.boxes.importing.columns import COLUMNS
from app.boxes.importing.known import Known
from app.boxes.importing.writing import undo, write
from app.boxes.models import ArchiveBox
from app.core.policy import Role
from app.imports.registry import Importable

CATALOGUES = Importable(
    name="archive-boxes",
    label="档案盒目录",
    model=ArchiveBox,
    columns=COLUMNS,
    roles=frozenset({Role.SUPERVISOR, Role.OFFICE, Role.SCHOOL}),
    known=Known,
    check=check,
    write=write,
    undo=undo,
    notes=(
        "每一行对应盒里的一份材料：按盒号和材料名称比对；名称相同的，按电子件和其余各列。",
        "可以改文号、日期、页数、份数、保管期限和存放位置；已封盒的须先写明理由启封。",
        "盒里没有的材料，只有纸质的登记为纸质件，须填写分项（如“第1项 健全制度 · 制度”）和日期，电子件留空；"
        "有电子件的请先上传，在盒的页面上放入。",
    ),
)
