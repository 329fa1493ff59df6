# Over 300 lines: the words of one chapter stand together.
"""Words of networks for pictures and for sequences, which recipes and knobs use."""

from mlstrat.workflow.explain.term import Term

NETWORKS = (
    Term(
        "convolution",
        "Convolution",
        "A small filter is laid over every place of a picture, and the products are summed: one "
        "output a place. The same few weights serve all places. What networks compute is the "
        "cross-correlation; mathematics would flip the filter first, which changes nothing, as "
        "the filter is learnt.",
        (
            "a filter has as many channels as its input; each filter gives one channel",
            "the number of weights does not depend on the size of the picture",
            "what is learnt at one place holds at all: edges, corners, textures",
        ),
        (
            "A picture of 6 × 6 and a filter of 3 × 3 give 4 × 4.",
            "10 filters of 3 × 3 × 3 have 10 × (27 + 1) = 280 weights, however large the picture.",
            "Columns of (1, 0, −1) on a picture of tens beside zeros give rows of 0, 30, 30, 0: "
            "the edge.",
        ),
        "C4W1 Edge detection; Convolutions over volume; One layer of a convolutional network",
        commands=("train --describe",),
        also=("padding", "stride", "pooling", "receptive-field"),
        aliases=("convolutional-layer", "cross-correlation", "filter", "kernel", "cnn"),
    ),
    Term(
        "padding",
        "Padding",
        "Rows and columns of zeros around a picture, so that it does not shrink at each layer and "
        "its border counts as much as its middle. With n pixels, filter f, padding p and stride s "
        "the output has ⌊(n + 2p − f)/s⌋ + 1.",
        (
            "valid: p = 0, the output shrinks by f − 1",
            "same: p = (f − 1)/2 at stride 1, the output is as large as the input",
            "f is odd, so that p is whole and the filter has a middle",
        ),
        (
            "6 × 6, f = 3: valid gives 4 × 4, same (p = 1) 6 × 6.",
            "f = 5 needs p = 2.",
        ),
        "C4W1 Padding",
        commands=("train --describe",),
        also=("convolution", "stride"),
        aliases=("same-convolution", "valid-convolution"),
    ),
    Term(
        "stride",
        "Stride",
        "How many pixels a filter moves from one place to the next. With n pixels, filter f, "
        "padding p and stride s the output has ⌊(n + 2p − f)/s⌋ + 1; where the filter would stick "
        "out, it is not laid.",
        (
            "stride 1 keeps the size but for the border; stride 2 halves it",
            "the floor drops what is left over at the end",
        ),
        (
            "7 × 7, f = 3, p = 0, s = 2: ⌊4/2⌋ + 1 = 3, so 3 × 3.",
            "8 × 8, the same: ⌊5/2⌋ + 1 = 3; the last column is not seen.",
        ),
        "C4W1 Strided convolutions",
        commands=("train --describe",),
        also=("convolution", "padding", "pooling"),
        aliases=("strided-convolution",),
    ),
    Term(
        "pooling",
        "Pooling",
        "Each window of a channel becomes its largest number (max) or its mean (average). Nothing "
        "is learnt: a layer of pooling has no weights. Max pooling asks whether a feature is "
        "anywhere in the window.",
        (
            "usual: f = 2, s = 2, which halves height and width",
            "channels are pooled one by one, so that their number stays",
            "average pooling stands, if at all, near the end: 7 × 7 × 1,000 to 1 × 1 × 1,000",
        ),
        (
            "Rows 1 3 2 1, 2 9 1 1, 1 3 2 3, 5 6 1 2 by max, f = 2, s = 2: 9 2, 6 3.",
            "The same by average: 3.75 1.25, 3.75 2.",
        ),
        "C4W1 Pooling layers",
        commands=("train --describe",),
        also=("convolution", "stride"),
        aliases=("max-pooling", "average-pooling"),
    ),
    Term(
        "one-by-one",
        "1 × 1 convolution",
        "A filter of one pixel and all channels: a small fully connected layer at each place. It "
        "changes the number of channels, as pooling changes height and width, and makes what "
        "follows cheaper.",
        (
            "fewer channels before a costly filter: a bottleneck",
            "as many channels as before: one more nonlinearity",
            "within reason a bottleneck costs no accuracy",
        ),
        (
            "28 × 28 × 192 with 32 filters of 1 × 1 × 192 becomes 28 × 28 × 32.",
            "5 × 5 filters from 192 to 32 channels: 28 × 28 × 32 × 5 × 5 × 192 = 120,422,400 "
            "products; by way of 16 channels 2,408,448 + 10,035,200 = 12,443,648, a tenth.",
        ),
        "C4W2 Networks in networks and 1×1 convolutions; Inception network motivation",
        commands=("train --describe",),
        also=("convolution", "pooling"),
        aliases=(
            "inception",
            "1x1",
            "1x1-convolution",
            "bottleneck",
            "network-in-network",
        ),
    ),
    Term(
        "skip-connection",
        "Skip connection",
        "What a layer puts out is added again two layers on: a[l+2] = g(z[l+2] + a[l]). A block "
        "that learns nothing passes its input on, so that a deeper network is hardly ever harder "
        "to train.",
        (
            "both sides have one shape; else a matrix makes a[l] fit",
            "without it the training error of a plain network rises again from some depth on",
            "a training error that rises with depth is avoidable bias of the optimizer",
        ),
        (
            "With weights and bias 0, z = 0 and a = 3: g(0 + 3) = 3 by ReLU, the identity.",
            "Networks of more than 100 layers are trained so.",
        ),
        "C4W2 ResNets; Why ResNets work",
        commands=("train --describe",),
        also=("vanishing-gradients", "avoidable-bias"),
        aliases=("residual", "residual-network", "residual-block", "resnet", "shortcut"),
    ),
    Term(
        "receptive-field",
        "Receptive field",
        "The pixels of the picture that one output depends on. With filters f and strides s, "
        "layer by layer: r = 1 + Σ (fₗ − 1) · s₁ ··· sₗ₋₁. What lies outside cannot matter.",
        (
            "deeper layers see more, and so find larger things",
            "an output that must judge the whole needs a field as large as the picture",
            "stride and pooling widen it faster than larger filters",
        ),
        (
            "Two layers of 3 × 3: 1 + 2 + 2 = 5; three: 7.",
            "3 × 3 at stride 2, then 3 × 3: 1 + 2 + 2 × 2 = 7.",
        ),
        "C4W1 CNN example; C4W4 What are deep ConvNets learning?",
        commands=("train --describe",),
        also=("convolution", "stride", "pooling"),
        aliases=("field-of-view",),
    ),
    Term(
        "augmentation",
        "Data augmentation",
        "Training pictures are changed in ways that leave the label as it is: mirrored, cropped, "
        "shifted in colour. More variety for the price of computing, against variance.",
        (
            "the change keeps the label: a mirrored cat is a cat, a mirrored b is a d",
            "train alone is changed, never dev or test",
            "changes look like what dev has; others teach the wrong thing",
            "it turns variance down; training error may rise a little",
        ),
        (
            "Crops of 224 × 224 from 256 × 256: 33 × 33 = 1,089, mirrored 2,178.",
            "Colours: +20, −20, +20 on red, green and blue.",
        ),
        "C4W2 Data augmentation",
        commands=("train --augment", "study knobs"),
        also=("variance", "synthesis"),
        aliases=("data-augmentation", "mirroring", "random-crop"),
    ),
    Term(
        "ensembles",
        "Ensembles and crops",
        "Several networks are trained apart and their outputs averaged (not their weights); or "
        "one network judges several crops of a picture. Both win benchmarks by 1 or 2%, and cost "
        "as many times the computing, so that products rarely use them.",
        (
            "average the probabilities, then choose the class",
            "3 to 15 networks; 10 crops: the middle and four corners, each mirrored too",
            "the gain is of variance: networks that err alike gain nothing",
            "latency grows with their number: a satisficing metric may forbid it",
        ),
        (
            "Probabilities of a cat .6, .4 and .7 average to .567: a cat (mlstrat's figures).",
            "5 networks take 5 times the memory and time of one.",
        ),
        "C4W2 State of computer vision",
        commands=("train --ensemble", "train --crops"),
        also=("variance", "satisficing"),
        aliases=("ensemble", "ten-crop", "multi-crop", "crops"),
    ),
    Term(
        "hand-engineering",
        "Little data against hand engineering",
        "A system knows what labelled data say and what people built in. The less of the one, "
        "the more of the other it needs: features, architectures, chains of parts.",
        (
            "much data: simple algorithms, less engineering (speech)",
            "little data: more engineering, and transfer from elsewhere (detection)",
            "what is built in by hand pays until data overtake it",
        ),
        (
            "Recognising a picture had 1,000,000 labelled examples, finding boxes in it far "
            "fewer, as boxes cost more to draw: more engineering there.",
        ),
        "C4W2 State of computer vision",
        also=("transfer", "whether-end-to-end"),
        aliases=("hand-engineered-features", "two-sources-of-knowledge"),
    ),
    Term(
        "vanishing-gradients",
        "Vanishing and exploding gradients",
        "Through many layers or many steps of a sequence a gradient is multiplied again and "
        "again: below 1 it vanishes, and what lies far back is not learnt; above 1 it explodes.",
        (
            "exploding is seen at once (nan, sudden jumps): clip the gradient",
            "vanishing is silent: the network forgets what came early",
            "against vanishing: gates (GRU, LSTM), skip connections, careful first weights",
        ),
        ("0.9 to the power of 100 is 0.000027; 1.1 to the power of 100 is 13,781.",),
        "C5W1 Vanishing gradients with RNNs; C2W1 Vanishing and exploding gradients",
        commands=("study gradients", "train --clip"),
        also=("gru", "lstm", "skip-connection"),
        aliases=("exploding-gradients", "gradient-clipping"),
    ),
    Term(
        "gru",
        "GRU: gated recurrent unit",
        "A recurrent cell with a memory c that a gate leaves as it is: c = Γu · c̃ + (1 − Γu) · c, "
        "where c̃ = tanh(W[Γr · c, x] + b) and the gates Γ are sigmoids of c and x.",
        (
            "Γu near 0: the memory is kept over many steps, and gradients with it",
            "Γr near 0: the new candidate forgets the old memory",
            "fewer weights than an LSTM; which is better differs, the LSTM is the usual first try",
        ),
        (
            "With 100 units and 50 inputs 3 × (100 × 100 + 100 × 50 + 100) = 45,300 weights, one "
            "bias a gate.",
            "“The cat, which already ate …, was full”: the gate keeps that cat is singular.",
        ),
        "C5W1 Gated recurrent unit; Cho et al. (2014)",
        commands=("train --describe", "study gradients"),
        also=("lstm", "vanishing-gradients"),
        aliases=("gated-recurrent-unit", "update-gate"),
    ),
    Term(
        "lstm",
        "LSTM: long short-term memory",
        "A recurrent cell with three gates: c = Γu · c̃ + Γf · c, and a = Γo · tanh(c). Update and "
        "forget are apart, so that it can add to what it keeps.",
        (
            "Γf near 1 and Γu near 0: the memory passes unchanged",
            "the gates see a and x; with peepholes, c too",
            "more weights than a GRU, and the usual first try",
        ),
        (
            "With 100 units and 50 inputs 4 × (100 × 100 + 100 × 50 + 100) = 60,400 weights, one "
            "bias a gate.",
        ),
        "C5W1 Long short term memory; Hochreiter and Schmidhuber (1997)",
        commands=("train --describe", "study gradients"),
        also=("gru", "vanishing-gradients", "bidirectional"),
        aliases=("long-short-term-memory", "forget-gate", "rnn"),
    ),
    Term(
        "bidirectional",
        "Bidirectional network",
        "One recurrent network reads from the left, another from the right, and each output sees "
        "both. It can use what comes later, and must wait for the whole sequence.",
        (
            "the label of a word depends on what follows it",
            "the whole sequence is there before an answer is due: no live speech",
            "one direction alone on such a task is avoidable bias: more data will not fix it",
        ),
        (
            "“He said, Teddy bears are on sale” and “He said, Teddy Roosevelt was a president”: "
            "the first 3 words do not tell whether Teddy is a name.",
        ),
        "C5W1 Bidirectional RNN",
        commands=("train --describe",),
        also=("lstm", "avoidable-bias"),
        aliases=("bidirectional-rnn", "brnn", "bilstm"),
    ),
    Term(
        "attention-model",
        "Attention model",
        "Each output looks at all inputs and weighs them: context = Σ α(t, t′) a(t′), the weights "
        "α a softmax, so that they sum to 1. A long sentence need not pass through one vector.",
        (
            "an encoder and a decoder; sentences longer than some 20 words lose without it",
            "the weights show where it looked: a thing to read in error analysis",
            "the cost grows with inputs times outputs",
        ),
        (
            "Scores e = 2, 1, 0 give weights .665, .245, .090.",
            "30 words in and 30 out: 900 weights.",
        ),
        "C5W3 Attention model",
        also=("beam-search", "bleu"),
        aliases=("attention-weights",),
    ),
    Term(
        "word-embedding",
        "Word embedding",
        "A word as some hundred numbers, learnt so that words used alike lie close. Learnt from "
        "much text without labels, then used where labels are few: transfer.",
        (
            "many words of the task occur in the text that it was learnt from",
            "the task has little labelled data",
            "likeness is the cosine of two vectors",
            "embeddings learn the prejudices of their text: look at them",
        ),
        (
            "10,000 words as one-hot vectors have 10,000 numbers each, as embeddings 300.",
            "man − woman is close to king − queen: 1 analogy that 1 subtraction solves.",
        ),
        "C5W2 Word representation; Properties of word embeddings",
        also=("transfer",),
        aliases=("word-embeddings", "debiasing", "analogies", "embedding", "word2vec", "glove"),
    ),
    Term(
        "anchor-boxes",
        "Anchor boxes",
        "Where two objects have their middles in one cell of the grid, each cell has several "
        "boxes of given shapes, and an object goes to the one whose shape it overlaps most.",
        (
            "one anchor a cell: the second object of a cell is lost, by construction",
            "more objects in a cell than anchors, or two of one shape: still lost",
            "shapes by hand, or by k-means over the boxes of train",
            "each object's cell is that of its middle",
        ),
        (
            "A grid of 3 × 3, 2 anchors, 3 classes: 3 × 3 × 2 × (5 + 3) = 3 × 3 × 16.",
            "19 × 19, 5 anchors, 80 classes: 19 × 19 × 425.",
        ),
        "C4W3 Anchor boxes; YOLO algorithm",
        also=("mean-average-precision",),
        aliases=("anchors", "anchor-box"),
    ),
    Term(
        "region-proposals",
        "Region proposals",
        "A detector of two stages proposes regions that may hold an object, then classifies each. "
        "What no proposal covers no classifier can find: recall ends at the share of objects that "
        "a proposal covers. YOLO has one stage, which says class and box of every cell at once.",
        (
            "the recall of the proposals is counted apart, at the IoU that counts as found",
            "parts: which errors would perfect proposals fix, and which a perfect classifier?",
            "proposals by connected components: objects that touch become one",
        ),
        ("Of 100 objects 55 are covered: recall is at most 55%, whatever the classifier.",),
        "C4W3 Region proposals; Girshick et al. (2014), R-CNN",
        commands=("error-table --parts",),
        also=("anchor-boxes",),
        aliases=("r-cnn", "proposals", "connected-components"),
    ),
    Term(
        "one-shot",
        "One-shot learning",
        "To know a person again from a single picture. A softmax over persons has too little data "
        "and must be trained anew for each newcomer; a learnt distance d between pictures need "
        "not: the same person where d ≤ τ.",
        (
            "the distance is learnt from many other persons",
            "τ is chosen on dev, for false accepts and false rejects",
            "encodings are computed once and kept",
            "knowing one of K persons errs more often than verifying one",
        ),
        (
            "Verified wrongly in 1% of pairs: of 100 enrolled persons at least one is taken for "
            "the stranger in 1 − .99 to the power of 100 = 63%.",
        ),
        "C4W4 One shot learning; Siamese network",
        commands=("diagnose --task verification",),
        also=("triplet", "liveness"),
        aliases=(
            "siamese",
            "one-shot-learning",
            "siamese-network",
            "face-recognition",
        ),
    ),
    Term(
        "triplet",
        "Triplet loss",
        "An anchor, a positive of the same person and a negative of another: max(d(A, P) − d(A, N) "
        "+ α, 0), d the squared distance. The margin α keeps a network that maps all to one point "
        "from being right.",
        (
            "several pictures a person are needed to train, one to use it",
            "random triplets are soon all easy: choose those with d(A, P) near d(A, N)",
            "the hardest of all may be wrong labels: semi-hard ones lie within the margin",
        ),
        (
            "d(A, P) = .50, d(A, N) = .51, α = .2: a loss of .19; at d(A, N) = .70 it is 0.",
            "10,000 pictures of 1,000 persons: 10 each.",
        ),
        "C4W4 Triplet loss; Schroff, Kalenichenko and Philbin (2015)",
        also=("one-shot",),
        aliases=("triplet-loss", "semi-hard"),
    ),
    Term(
        "liveness",
        "Liveness: what a face does not tell",
        "Verification says whose face it is, not whether a person stands there: a printed picture "
        "has the same face. That is another task with data of its own, and no threshold of the "
        "first solves it.",
        (
            "attacks are part of the dev set if they are part of life",
            "their errors are counted apart from those between persons",
        ),
        (
            "A system with 0.1% false accepts between persons may accept every printed picture: "
            "100% (mlstrat's example).",
        ),
        "C4W4 What is face recognition?",
        also=("one-shot", "distributions"),
        aliases=("spoofing", "presentation-attack"),
    ),
    Term(
        "style-cost",
        "Style cost",
        "How alike two pictures are in texture: at a layer G[k, k′] = Σ a[i, j, k] a[i, j, k′] "
        "over all places says which channels go together; the cost is the squared difference of "
        "both G, over (2 nH nW nC)². With the content cost: J = α J content + β J style.",
        (
            "content: a layer in the middle, its activations compared place by place",
            "style: several layers, weighed",
            "as a way to make training data: of use only if dev looks so, and a few styles are "
            "overfitted though they look varied",
        ),
        (
            "One channel with activations 1 and 2 at two places: G = 1 + 4 = 5.",
            "64 channels: G has 64 × 64 = 4,096 entries, whatever the size of the picture.",
        ),
        "C4W4 Style cost function; Gatys, Ecker and Bethge (2016)",
        also=("synthesis",),
        aliases=(
            "style-transfer",
            "neural-style-transfer",
            "gram-matrix",
            "content-cost",
        ),
    ),
)
