package pinned

import (
	"context"
	"encoding/hex"
	"slices"
	"strings"
	"unicode"

	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/task/chat"
	"github.com/agon-chain/agon/verify/sequential"
)

// Prove implements task.Prover. It grants the miner what Judge does not: an answer of another version than the subnet pins now, and one whose prompt the two count
// differently, so that they may have read different things, are not looked at.
func (x *Examiner) Prove(ctx context.Context, s task.Signed) (task.Proof, error) {
	unjudged := func(why string) (task.Proof, error) { return task.Proof{Unjudged: why}, nil }
	r, err := chat.DecodeRequest(s.Body, x.params)
	if err != nil {
		return unjudged("not a question that this task has")
	}
	if !r.Logprobs {
		return unjudged("no log-probabilities were asked for")
	}
	if slices.ContainsFunc(r.Messages, oddly) {
		return unjudged("engines may read the conversation differently")
	}
	said, err := chat.DecodeAnswer(s.Answer, r)
	if err != nil {
		return unjudged("malformed")
	}
	v, ok := x.versions[said.Model]
	if !ok || !x.pinsTo(said.Model, s.Root) {
		return unjudged("the subnet pins other files than it names")
	}
	prompt, err := v.Engine.Prompt(r.Messages)
	if err != nil || len(prompt)+said.Usage.CompletionTokens > x.window(v.Engine) {
		return unjudged("not a conversation that the version takes")
	}
	if len(prompt) != said.Usage.PromptTokens {
		return unjudged("the prompt is counted differently")
	}
	_, seen, err := x.judge(ctx, task.Question{ID: "sample", Body: s.Body}, task.Answer{Body: s.Answer})
	if err != nil {
		return task.Proof{}, err
	}
	if seen == nil {
		return unjudged("its tokens cannot be told")
	}
	log, by, ok := sequential.Alone(v.Profile, seen.findings)
	if !ok {
		return unjudged("nothing can be looked at")
	}
	return task.Proof{Proven: log >= sequential.EnoughAlone, Of: seen.pin, By: string(by), Log10: decimal(log)}, nil
}

// oddly says whether engines that draw alike may still write a message differently into a prompt of as many tokens: by a role that templates know under several names, a name that
// some leave out, or characters that some replace.
func oddly(m chat.Message) bool {
	return m.Role == chat.RoleDeveloper || m.Name != "" || strings.ContainsFunc(m.Content, func(r rune) bool {
		return r == unicode.ReplacementChar || unicode.IsControl(r) && r != '\n' && r != '\t'
	})
}

// pinsTo says whether a receipt's root is that which the subnet pins the version to, as far as both say.
func (x *Examiner) pinsTo(pin string, root [32]byte) bool {
	i := slices.IndexFunc(x.params.Models, func(m chat.Model) bool { return m.Pin == pin })
	if i < 0 {
		return false
	}
	want := x.params.Models[i].Root
	return want == "" || root == [32]byte{} || strings.EqualFold(want, hex.EncodeToString(root[:]))
}
