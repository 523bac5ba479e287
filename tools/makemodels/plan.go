package main

import (
	"github.com/agon-chain/agon/lm/train"
	"github.com/agon-chain/agon/lm/train/corpus"
)

// The years that part the eras: speeches before the first, and from the second on.
const (
	earlyBefore = 1900
	lateFrom    = 1950
)

// vocabulary is the number of tokens, learnt from all speeches that are not held out.
const vocabulary = 1536

// plan is one model to make.
type plan struct {
	name, about string
	parent      string // whose weights it starts from; "" for drawn ones
	own         string // the held-out set of its own kind
	initSeed    uint64 // of drawn weights
	keep        func(corpus.Document) bool
	run         train.Run
}

var shape = train.Config{
	Vocab: vocabulary, Dim: 128, Layers: 6, Heads: 4, KVHeads: 2, FFN: 352, Context: 256, RopeBase: 10000, NormEps: 1e-5,
}

var optimizer = train.AdamW{Beta1: 0.9, Beta2: 0.98, Eps: 1e-8, Decay: 0.1, Clip: 1}

// little is the shape of a model that costs a fifth of the others to run: what a cheat would serve in their place.
var little = train.Config{
	Vocab: vocabulary, Dim: 64, Layers: 3, Heads: 4, KVHeads: 2, FFN: 160, Context: 256, RopeBase: 10000, NormEps: 1e-5,
}

func early(d corpus.Document) bool { return d.Year < earlyBefore }
func late(d corpus.Document) bool  { return d.Year >= lateFrom }

// plans are the models in the order in which they are made: a parent before its children.
var plans = []plan{
	{
		name: "sotu-base", about: "State of the Union speeches of all years", own: "all", initSeed: 1,
		keep: func(corpus.Document) bool { return true },
		run: train.Run{
			Config: shape, Seed: 1, Batch: 8, Shards: 2, Optimizer: optimizer,
			Schedule: train.Schedule{Peak: 2.5e-3, Floor: 1.5e-4, Warmup: 100, Steps: 1450},
		},
	},
	{
		name: "sotu-small", about: "the same speeches, in a fifth of the parameters", own: "all", initSeed: 2,
		keep: func(corpus.Document) bool { return true },
		run: train.Run{
			Config: little, Seed: 4, Batch: 8, Shards: 2, Optimizer: optimizer,
			Schedule: train.Schedule{Peak: 4e-3, Floor: 3e-4, Warmup: 60, Steps: 600},
		},
	},
	{
		name: "sotu-early", about: "State of the Union speeches before 1900", parent: "sotu-base", own: "early", keep: early,
		run: train.Run{
			Config: shape, Seed: 2, Batch: 8, Shards: 2, Optimizer: optimizer,
			Schedule: train.Schedule{Peak: 8e-4, Floor: 5e-5, Warmup: 10, Steps: 200},
		},
	},
	{
		name: "sotu-late", about: "State of the Union speeches from 1950 on", parent: "sotu-base", own: "late", keep: late,
		run: train.Run{
			Config: shape, Seed: 3, Batch: 8, Shards: 2, Optimizer: optimizer,
			Schedule: train.Schedule{Peak: 8e-4, Floor: 5e-5, Warmup: 10, Steps: 200},
		},
	},
}

// heldOut are the sets that every model is measured on, none of whose texts any of them has seen.
var heldOut = []struct {
	name, about string
	keep        func(corpus.Document) bool
}{
	{"all", "all held-out speeches", func(d corpus.Document) bool { return d.Genre == "" }},
	{"early", "held-out speeches before 1900", func(d corpus.Document) bool { return d.Genre == "" && early(d) }},
	{"late", "held-out speeches from 1950 on", func(d corpus.Document) bool { return d.Genre == "" && late(d) }},
	{"brown-news", "held-out texts of the Brown corpus' genre news", func(d corpus.Document) bool { return d.Genre == "news" }},
	{"brown-fiction", "held-out texts of its genre fiction", func(d corpus.Document) bool { return d.Genre == "fiction" }},
}
