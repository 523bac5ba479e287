package pinned

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/agon-chain/agon/lm/sample"
	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/task/chat"
)

const (
	maxPerMiner = 256
	maxMiners   = 4096
	// repeatShare is the part of the items that a miner is asked twice, under two identities.
	repeatShare = 0.15
	// A prompt has from leastWords to leastWords+moreWords words, an answer from leastTokens to leastTokens+moreTokens tokens.
	leastWords, moreWords   = 8, 24
	leastTokens, moreTokens = 16, 16
)

// manners are how applications ask for tokens; the examiner asks alike.
var manners = []sample.Params{{Temperature: 1, TopP: 1}, {TopP: 1}, {Temperature: 0.8, TopP: 0.95}, {Temperature: 0.7, TopK: 40, TopP: 1}}

// item is what all miners are asked about in a round, each under a seed of its own.
type item struct {
	id      string
	passage string
	manner  sample.Params
	tokens  int
	repeat  bool
}

// Questions implements task.Examiner.
func (x *Examiner) Questions(ctx context.Context, r task.Round) ([]task.Question, error) {
	if r.PerMiner < 1 || r.PerMiner > maxPerMiner {
		return nil, fmt.Errorf("chat: round %d: %d questions per miner, want 1 to %d", r.Number, r.PerMiner, maxPerMiner)
	}
	if len(r.Miners) > maxMiners {
		return nil, fmt.Errorf("chat: round %d: %d miners, want at most %d", r.Number, len(r.Miners), maxMiners)
	}
	miners := slices.Sorted(slices.Values(r.Miners))
	if d := len(miners) - len(slices.Compact(slices.Clone(miners))); d > 0 {
		return nil, fmt.Errorf("chat: round %d: %d miners are there twice", r.Number, d)
	}
	rng := x.rng(r.Number, "items")
	repeats := min(int(repeatShare*float64(r.PerMiner)+rng.Float64()), r.PerMiner/2)
	items := x.items(rng, r.Number, x.training, r.PerMiner-repeats)
	for i := range repeats {
		items[i].repeat = true
	}
	out := make([]task.Question, 0, len(miners)*r.PerMiner)
	for _, m := range miners {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		qs, err := x.ask(r.Number, m, items)
		if err != nil {
			return nil, err
		}
		out = append(out, qs...)
	}
	return out, nil
}

func (x *Examiner) items(rng *rand.Rand, round uint64, docs []task.Document, n int) []item {
	out := make([]item, n)
	for i := range out {
		doc := docs[rng.IntN(len(docs))]
		words := strings.Fields(doc.Texts[rng.IntN(len(doc.Texts))])
		length := min(leastWords+rng.IntN(moreWords), len(words))
		from := rng.IntN(len(words) - length + 1)
		out[i] = item{
			id: x.id(round, "item", strconv.Itoa(i)), passage: strings.Join(words[from:from+length], " "),
			manner: manners[rng.IntN(len(manners))], tokens: min(leastTokens+rng.IntN(moreTokens), x.params.MaxTokens),
		}
	}
	return out
}

// stops are strings that many texts have soon.
var stops = []string{" the", " and", " of", " a", ",", "."}

// ask words the items for one miner, in an order of its own. A question that is asked twice has one seed, and the second time the same
// body, fewer tokens, a stop string, or a stream: the answers must be one, or one the beginning of the other.
func (x *Examiner) ask(round uint64, m task.MinerID, items []item) ([]task.Question, error) {
	rng := x.rng(round, "miner", string(m))
	var out []task.Question
	for i, it := range items {
		seed := rng.Int64()
		group, times := "", 1
		if it.repeat {
			group, times = x.id(round, "group", strconv.Itoa(i), string(m)), 2
		}
		for identity := range times {
			r := it.request(seed)
			if identity > 0 {
				switch rng.IntN(4) {
				case 0:
					r.MaxTokens -= it.tokens / 3
				case 1:
					r.Stop = []string{stops[rng.IntN(len(stops))]}
				case 2:
					r.Stream = true
				}
			}
			body, err := json.Marshal(r)
			if err != nil {
				return nil, fmt.Errorf("chat: %w", err)
			}
			out = append(out, task.Question{
				ID: x.id(round, "question", strconv.Itoa(i), string(m), strconv.Itoa(identity)), Round: round, Miner: m, Item: it.id,
				Group: group, Identity: identity, Weight: 1 / float64(times), Body: body, Stream: r.Stream, Expectation: json.RawMessage(`{}`),
			})
		}
	}
	rng.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out, nil
}

// request names no model: a miner serves what it is bound to, and says so.
func (it item) request(seed int64) chat.Request {
	return chat.Request{
		Messages: []chat.Message{{Role: chat.RoleUser, Content: it.passage}}, MaxTokens: it.tokens,
		Temperature: it.manner.Temperature, TopP: it.manner.TopP, TopK: it.manner.TopK, Seed: &seed, Logprobs: true,
	}
}
