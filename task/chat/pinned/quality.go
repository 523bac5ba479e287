package pinned

import (
	"context"
	"fmt"
	"math"

	"github.com/agon-chain/agon/lm/sample"
	"github.com/agon-chain/agon/task"
)

const (
	// passages of at most passageTokens tokens measure a version: about what a few seconds of one core allow a small one.
	passages      = 48
	passageTokens = 96
	// nothing is what a text costs, in bits a byte, who knows nothing of it.
	nothing = 8.0
)

// quality is 1 - b/8, where b is the bits that the version needs for a byte of held-out text: 0 for a model that knows nothing, 1
// for one that foresees everything. The passages are spread evenly over the documents, so that all validators take the same.
func quality(ctx context.Context, e Engine, docs []task.Document) (float64, error) {
	var bits float64
	var bytes int
	for i := range passages {
		doc := docs[i*len(docs)/passages]
		text := doc.Texts[(i*7919)%len(doc.Texts)]
		tokens, err := e.Encode(text)
		if err != nil {
			return 0, fmt.Errorf("document %s: %w", doc.ID, err)
		}
		tokens = tokens[:min(len(tokens), passageTokens)]
		if len(tokens) < 2 {
			continue
		}
		rows, err := e.Logits(ctx, tokens[:1], tokens[1:])
		if err != nil {
			return 0, fmt.Errorf("document %s: %w", doc.ID, err)
		}
		for k, id := range tokens[1:] {
			bits -= sample.LogProb(rows[k], id) / math.Ln2
		}
		bytes += len(e.Decode(tokens[1:]))
	}
	if bytes == 0 {
		return 0, fmt.Errorf("%w: no held-out text of two tokens or more", task.ErrNoMaterial)
	}
	return min(max(1-bits/float64(bytes)/nothing, 0), 1), nil
}
