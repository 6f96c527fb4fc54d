"""What a header's brackets say, and when two headers are one."""

from __future__ import annotations

import pytest

from livereview.ingest.values.units import PLAIN, Unit, is_unit, normal, split, unit_of
from livereview.schema import tables


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("Product  card items sold", "productcarditemssold"),
        (" 直播\n时长 ", "直播时长"),
        ("发货前退款金额(订单）", "发货前退款金额(订单)"),
        ("进入率（人数）", "进入率(人数)"),
        ("ＧＭＶ", "gmv"),
        ("曝光－点击率", "曝光-点击率"),
        ("曝光–点击率", "曝光-点击率"),
        ("曝光—点击率", "曝光-点击率"),
        ("曝光‐点击率", "曝光-点击率"),
        ("曝光−点击率", "曝光-点击率"),
        ("曝光->点击率", "曝光-点击率"),
        ("引流直播间用户支付金额(", "引流直播间用户支付金额"),
        ("引流直播间用户支付金额（元", "引流直播间用户支付金额(元)"),
        ("GPM(次)（", "gpm(次)"),
        ("支付金额)", "支付金额"),
        ("\ufeff主播\u200b昵称", "主播昵称"),
        ("退款金额（支付时间", "退款金额(支付时间"),
    ],
)
def test_a_header_as_it_is_compared(written: str, compared: str) -> None:
    assert normal(written) == compared
    assert normal(compared) == compared


def test_the_dictionarys_own_names_are_compared_as_they_are() -> None:
    names = {column for table in tables().values() for column in table.columns}
    assert {normal(name) for name in names} == names


@pytest.mark.parametrize(
    ("header", "name", "suffix"),
    [
        ("直播时长(分钟)", "直播时长", "分钟"),
        ("grossmerchandisevalue(video)(rp)", "grossmerchandisevalue(video)", "rp"),
        ("gmv", "gmv", ""),
        ("a(b)c", "a(b)c", ""),
    ],
)
def test_the_suffix_of_a_header(header: str, name: str, suffix: str) -> None:
    assert split(header) == (name, suffix)


@pytest.mark.parametrize(
    "suffix",
    ["元", "¥", "￥", "Rp", "Rp.", "RMB", "US$", "万元", "千元", "万", "分钟", "秒", "小时", "min",
     "s", "%", "％", "‰", "万分比", "分", "厘", "天", "mm:ss", "KRW", "THB", "MYR"],
)  # fmt: skip
def test_a_suffix_that_is_a_unit(suffix: str) -> None:
    assert is_unit(suffix)


@pytest.mark.parametrize(
    "suffix",
    ["", "人数", "次数", "支付时间", "退款时间", "Placed Order", "Confirmed Order", "Video", "PV",
     "UV", "Current shop", "店铺绑定", "整场", "订单", "滞后", "人", "次", "日", "B"],
)  # fmt: skip
def test_a_suffix_that_is_part_of_the_name(suffix: str) -> None:
    assert not is_unit(suffix)


def test_what_is_counted_is_a_unit_only_behind_a_name_that_counts() -> None:
    assert is_unit("人", "新增粉丝数")
    assert is_unit("件", "销量")
    assert is_unit("万人", "观看人数")
    assert not is_unit("人", "观看")
    assert not is_unit("次", "曝光-点击率")


@pytest.mark.parametrize(
    ("suffix", "kind", "unit"),
    [
        ("", "money", PLAIN),
        ("分", "seconds", Unit(factor=60)),
        ("分", "money", Unit(factor=0.01, currency="CNY")),
        ("厘", "money", Unit(factor=0.001, currency="CNY")),
        ("cent", "money", Unit(factor=0.01)),
        ("元", "money", Unit(currency="CNY")),
        ("RMB", "money", Unit(currency="CNY")),
        ("Rp", "money", Unit(currency="IDR")),
        ("万元", "money", Unit(factor=1e4, currency="CNY")),
        ("Rp juta", "money", Unit(factor=1e6, currency="IDR")),
        ("M", "money", Unit(factor=1e6)),
        ("m", "seconds", Unit(factor=60)),
        ("days", "seconds", Unit(factor=86400)),
        ("h:m", "seconds", Unit(clock="h:m")),
        ("MM:SS", "seconds", Unit(clock="m:s")),
        ("%", "share", Unit(factor=0.01)),
        ("‱", "share", Unit(factor=0.0001)),
        ("人次", "count", PLAIN),
        ("万人", "count", Unit(factor=1e4)),
        ("¥", "number", Unit(currency="CNY")),
        ("%", "count", None),
        ("分钟", "money", None),
        ("元", "seconds", None),
        ("$", "number", None),
        ("furlong", "number", None),
    ],
)
def test_the_unit_that_a_suffix_means_for_a_kind(suffix: str, kind: str, unit: Unit | None) -> None:
    assert unit_of(suffix, kind, "CNY") == unit
