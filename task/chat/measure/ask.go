package measure

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/agon-chain/agon/lm/sample"
	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/task/chat"
	"github.com/agon-chain/agon/task/chat/openai/backend"
	"github.com/agon-chain/agon/task/chat/pinned"
	"github.com/agon-chain/agon/verify"
	"github.com/agon-chain/agon/verify/usage"
)

const (
	// leastWords and moreWords are the length of a passage.
	leastWords, moreWords = 8, 24
	// alternatives are asked for at each token, by which distributions are compared.
	alternatives = 20
	// again is every how many questions one is asked a second time.
	again = 4
)

// manners are how validators ask for tokens.
var manners = []sample.Params{{Temperature: 1, TopP: 1}, {TopP: 1}, {Temperature: 0.8, TopP: 0.95}, {Temperature: 0.7, TopK: 40, TopP: 1}}

// question is one passage to continue.
type question struct {
	passage string
	manner  sample.Params
	seed    int64
}

// questions are a function of the seed.
func questions(c Config) []question {
	rng := rand.New(rand.NewPCG(c.Seed, 0x63616c69))
	out := make([]question, c.Questions)
	for i := range out {
		doc := c.Documents[rng.IntN(len(c.Documents))]
		words := strings.Fields(doc.Texts[rng.IntN(len(doc.Texts))])
		n := min(leastWords+rng.IntN(moreWords), len(words))
		from := rng.IntN(len(words) - n + 1)
		out[i] = question{strings.Join(words[from:from+n], " "), manners[i%len(manners)], rng.Int64N(1 << 31)} // some servers take 32 bits
	}
	return out
}

func (q question) body(seed int64, tokens int) []byte {
	m := map[string]any{
		"messages": []chat.Message{{Role: chat.RoleUser, Content: q.passage}}, "max_tokens": tokens, "seed": seed,
		"temperature": q.manner.Temperature, "top_p": q.manner.TopP, "logprobs": true, "top_logprobs": alternatives,
	}
	if q.manner.TopK > 0 {
		m["top_k"] = q.manner.TopK
	}
	b, err := json.Marshal(m)
	if err != nil {
		panic(err) // strings and numbers always encode
	}
	return b
}

// answered is what came of a question, with what the reference says of it.
type answered struct {
	question
	text       string
	transcript verify.Transcript
	usage      verify.Finding
	told       [][]chat.Alternative // of each token with a claim
	prompt     int                  // tokens, as the server counts them
	promptHere int
}

// ask has the server answer, and the reference say what it finds of it.
func (c Config) ask(ctx context.Context, e task.Expert, q question, seed int64, tokens int) (answered, error) {
	a := answered{question: q}
	body := q.body(seed, tokens)
	r, err := chat.DecodeRequest(body, params)
	if err != nil {
		return a, err
	}
	raw, err := e.Answer(ctx, body)
	if err != nil {
		return a, refused(ctx, err)
	}
	out, err := chat.DecodeResponse(raw, r)
	if err != nil {
		return a, fmt.Errorf("%w: %w", ErrServer, err)
	}
	prompt, err := c.Reference.Prompt(r.Messages)
	if err != nil {
		return a, err
	}
	a.text, a.prompt, a.promptHere = out.Choices[0].Message.Content, out.Usage.PromptTokens, len(prompt)
	ids, claimed, ended, ok := pinned.TokensOf(c.Reference, out)
	if !ok {
		return a, fmt.Errorf("%w: it names tokens that the version's vocabulary does not have, such as %.40q: serve the pinned version, and have the server tell token ids (vLLM: --return-tokens-as-token-ids)",
			ErrTokenizer, strange(c.Reference, out))
	}
	a.transcript = verify.Transcript{Sampling: r.Sampler(body), Tokens: ids, Claimed: claimed}
	if a.transcript.Logits, a.transcript.Tail, err = pinned.Rows(ctx, c.Reference, prompt, ids); err != nil {
		return a, err
	}
	for _, l := range out.Choices[0].Logprobs.Content {
		a.told = append(a.told, l.TopLogprobs)
	}
	a.usage = usage.Judge(usage.Answer{
		PromptTokens: out.Usage.PromptTokens, CompletionTokens: out.Usage.CompletionTokens, Tokens: ids, Text: a.text,
		Finish: verify.Finish(out.Choices[0].FinishReason), MaxTokens: r.MaxTokens, EndToken: ended,
	}, counter{c.Reference, len(prompt)})
	return a, nil
}

// params allow any model, and what a question asks.
var params = chat.DefaultParams()

// counter is the tokenizer that usage asks.
type counter struct {
	engine pinned.Engine
	prompt int
}

func (c counter) CountPrompt() (int, error)  { return c.prompt, nil }
func (c counter) Decode(tokens []int) string { return c.engine.Decode(tokens) }

// strange is the first token that cannot be told.
func strange(e pinned.Engine, out chat.Response) string {
	if l := out.Choices[0].Logprobs; l != nil {
		for _, t := range l.Content {
			if _, ok := pinned.TokenOf(e, t.ID, t.Token, t.Bytes); !ok {
				return t.Token
			}
		}
	}
	return ""
}

// refused says in the words of a calibration why there is no answer.
func refused(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if bad, ok := errors.AsType[*task.BadRequest](err); ok && (bad.Field == "logprobs" || bad.Field == "top_logprobs") {
		return fmt.Errorf("%w: it gives none (%s): a version whose log-probabilities cannot be seen cannot be verified", ErrLogprobs, bad.Field)
	}
	if errors.Is(err, backend.ErrAnswer) && strings.Contains(err.Error(), "log-probabilities") {
		return fmt.Errorf("%w: %w", ErrLogprobs, err)
	}
	return fmt.Errorf("%w: %w", ErrServer, err)
}
