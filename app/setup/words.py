from app.core.words import Words

WORDS = Words(
    resources={"setup": "首次设置"},
    operations={
        "setup.begin": "开始首次设置",
        "setup.enable": "启用本局",
        "setup.name_administrators": "指定三名管理员",
        "unit_alias.create_in_setup": "首次设置时新建",
        "unit_alias.delete_in_setup": "首次设置时删除",
        "unit_group.create_in_setup": "首次设置时新建",
        "calendar_day.put_in_setup": "首次设置时设置工作日",
        "calendar_day.delete_in_setup": "首次设置时删除",
        "calendar_day.load_year_in_setup": "首次设置时载入全年节假日",
    },
    fields={"enabled_at": "启用时间", "enabled_by": "启用人"},
)
