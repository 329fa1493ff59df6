"""Networks: specified without PyTorch, described without memory, trained by one short loop.

1. :mod:`~mlstrat.harness.networks.layers`: a layer knows its shapes, parameters and costs
2. :mod:`~mlstrat.harness.networks.architectures`: the networks, one a row
3. :mod:`~mlstrat.harness.networks.describe`: the table of layers, nothing allocated
4. :mod:`~mlstrat.harness.networks.options`: what can be set when one is trained
5. :mod:`~mlstrat.harness.networks.build`: layers to modules of PyTorch
6. :mod:`~mlstrat.harness.networks.fit`: labels and features to a trained network
7. :mod:`~mlstrat.harness.networks.multitask`: several questions of the same example

PyTorch is imported only by functions that train or load; nothing here needs it before that.
"""
