"""Layers know shapes, parameters, costs and receptive fields; PyTorch is not needed."""

import pytest

from mlstrat.errors import UsageError
from mlstrat.harness.networks.architectures import layer_rows
from mlstrat.harness.networks.layers import (
    Activation,
    Branches,
    Conv,
    Dense,
    Embedding,
    Flatten,
    GlobalPool,
    Norm,
    Pool,
    Recurrent,
    Residual,
    after,
    output_side,
)


@pytest.mark.parametrize(
    ("side", "kernel", "stride", "padding", "expected"),
    [
        (6, 3, 1, 0, 4),  # the course's edge detector
        (6, 3, 1, 1, 6),  # same convolution
        (7, 3, 2, 0, 3),  # strided
        (39, 3, 1, 0, 37), (37, 5, 2, 0, 17), (17, 5, 2, 0, 7),  # the course's example network
        (8, 3, 2, 0, 3),  # what does not fit any more is left out: the floor
        (5, 3, 1, 0, 3),  # the course's max pooling
    ],
)  # fmt: skip
def test_output_side(side, kernel, stride, padding, expected):
    assert output_side(side, kernel, stride, padding) == expected


def test_a_window_larger_than_its_input_is_refused():
    with pytest.raises(UsageError, match="a window of 5 does not fit a side of 4"):
        output_side(4, 5)


def test_parameters_of_one_layer_of_the_course():
    """Ten filters of 3×3×3: (27 + 1) · 10, however large the picture."""
    assert Conv(10, 3).parameters((3, 1000, 1000)) == 280


def test_convolution_over_one_two_and_three_axes():
    """The course: 14 ∗ 5 → 10 × 16; 14×14 ∗ 5×5; 14×14×14 ∗ 5×5×5, 16 filters, then 32."""
    assert after((Conv(16, 5), Conv(32, 5)), (1, 14)) == (32, 6)
    assert after((Conv(16, 5), Conv(32, 5)), (3, 14, 14)) == (32, 6, 6)
    assert after((Conv(16, 5), Conv(32, 5)), (1, 14, 14, 14)) == (32, 6, 6, 6)
    assert Conv(16, 5).parameters((1, 14, 14, 14)) == 16 * (125 + 1)


def test_the_bottleneck_of_the_course_saves_nine_tenths():
    """28×28×192 to 32 filters of 5×5: 120 million; through 16 of 1×1: 12.4 million."""
    given = (192, 28, 28)
    wide = Residual((Conv(32, 5, padding=2),), shortcut=False)
    narrow = Residual((Conv(16, 1), Conv(32, 5, padding=2)), shortcut=False)

    assert wide.multiply_adds(given) == 120_422_400
    assert narrow.multiply_adds(given) == 12_443_648


def test_pooling_has_no_parameters_and_keeps_channels():
    assert Pool(2).output((6, 28, 28)) == (6, 14, 14)
    assert Pool(3, 1, 1).output((192, 28, 28)) == (192, 28, 28)
    assert Pool(2).parameters((6, 28, 28)) == Pool(2).multiply_adds((6, 28, 28)) == 0


def test_dense_works_on_a_vector_and_on_each_step():
    assert Dense(10).output((84,)) == (10,)
    assert Dense(10).parameters((84,)) == 850
    assert Dense(10).output((7, 84)) == (7, 10)
    assert Dense(10).parameters((7, 84)) == 850
    assert Dense(10).multiply_adds((7, 84)) == 7 * 840


def test_branches_stand_behind_each_other():
    module = Branches(((Conv(64, 1),), (Conv(128, 3, padding=1),), (Pool(3, 1, 1),)))

    assert module.output((192, 28, 28)) == (64 + 128 + 192, 28, 28)
    assert module.parameters((192, 28, 28)) == 64 * 193 + 128 * (9 * 192 + 1)


def test_recurrent_layers_have_weights_a_gate_and_a_direction():
    """A GRU has three sets, an LSTM four; the two directions do not share theirs."""
    gate = 100 * (50 + 100 + 2)

    counts = [Recurrent(cell, 100).parameters((20, 50)) for cell in ("rnn", "gru", "lstm")]

    assert counts == [gate, 3 * gate, 4 * gate]
    assert Recurrent("gru", 100, bidirectional=True).parameters((20, 50)) == 6 * gate
    assert Recurrent("gru", 100, bidirectional=True).output((20, 50)) == (200,)
    assert Recurrent("gru", 100, sequence=True).output((20, 50)) == (20, 100)
    assert Embedding(1000, 50).parameters((20,)) == 50_000


def test_receptive_fields_grow_by_the_strides_before():
    layers = (Conv(8, 3), Pool(2), Conv(8, 3), Activation(), Norm(), Pool(2), Conv(8, 3, 2))

    fields = [row.field for row in layer_rows(layers, (1, 64, 64))]

    assert fields == [(3, 3), (4, 4), (8, 8), (8, 8), (8, 8), (10, 10), (18, 18)]


def test_two_small_kernels_see_what_a_large_one_sees():
    """Why VGG is of 3×3: two see 5×5, three 7×7, with fewer weights."""
    small = [row.field for row in layer_rows((Conv(8, 3), Conv(8, 3), Conv(8, 3)), (8, 32, 32))]

    assert small[1:] == [(5, 5), (7, 7)]
    assert 3 * Conv(8, 3).parameters((8, 32, 32)) < Conv(8, 7).parameters((8, 32, 32))


def test_after_flattening_or_pooling_everything_the_field_is_all():
    for last in (Flatten(), GlobalPool()):
        rows = list(layer_rows((Conv(8, 3), last, Dense(2)), (1, 8, 8)))
        assert [row.field for row in rows] == [(3, 3), None, None]


def test_rows_inside_a_block_are_one_level_down():
    block = Residual((Conv(4, 3, padding=1), Norm()))
    rows = list(layer_rows((Conv(4, 1), block, Branches(((Conv(1, 1),), (Conv(2, 3, 1, 1),)))),
                           (1, 8, 8)))  # fmt: skip

    assert [(row.name, row.level) for row in rows] == [
        ("1", 0), ("2", 0), ("2.1", 1), ("2.2", 1), ("3", 0), ("3.a.1", 1), ("3.b.1", 1),
    ]  # fmt: skip
    assert rows[1].parameters == rows[2].parameters + rows[3].parameters
    assert rows[4].parameters == rows[5].parameters + rows[6].parameters
