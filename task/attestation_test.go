package task_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/task"
)

func TestSplitAttestation(t *testing.T) {
	off := task.Attestation{Mode: task.AttestationOff}
	for _, tc := range []struct {
		name, params, rest string
		want               task.Attestation
	}{
		{"empty", "", "", off},
		{"none", `{ "languages": ["deu"] }`, `{ "languages": ["deu"] }`, off},
		{"no-object", `[1]`, `[1]`, off},
		{"no-json", `{`, `{`, off},
		{"a-mode", `{"attestation":"required"}`, `{}`, task.Attestation{Mode: task.AttestationRequired, SlotsPerOwner: 1}},
		{
			"beside-the-task's", `{"min_words":3,"attestation":{"mode":"optional"},"languages":["deu"]}`, `{"languages":["deu"],"min_words":3}`,
			task.Attestation{Mode: task.AttestationOptional, SlotsPerOwner: 1},
		},
		{"all", `{"attestation":{"mode":"required","kinds":["x509"],"slots_per_owner":0}}`, `{}`, task.Attestation{Mode: task.AttestationRequired, Kinds: []string{"x509"}}},
		{"off-in-words", `{"attestation":"off"}`, `{}`, task.Attestation{Mode: task.AttestationOff, SlotsPerOwner: 1}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			rest, a, err := task.SplitAttestation(tc.params)
			require.NoError(t, err)
			require.Equal(t, tc.rest, rest)
			require.Equal(t, tc.want, a)
			require.Equal(t, tc.want.Mode != task.AttestationOff, a.On())
		})
	}
	for name, params := range map[string]string{
		"unknown-mode":   `{"attestation":"yes"}`,
		"no-mode":        `{"attestation":{}}`,
		"unknown-field":  `{"attestation":{"mode":"required","roots":1}}`,
		"negative-slots": `{"attestation":{"mode":"required","slots_per_owner":-1}}`,
		"a-number":       `{"attestation":1}`,
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := task.SplitAttestation(params)
			require.ErrorIs(t, err, task.ErrBadParameters)
		})
	}
}

// TestHeldBack: a hold takes the score whatever the answers, an accusation is the graver reason, and the hold ends when it is not said again.
func TestHeldBack(t *testing.T) {
	b, err := task.NewBook(task.DefaultPolicy())
	require.NoError(t, err)
	good := func(m task.MinerID, accused string) []task.Result {
		var out []task.Result
		for range 100 {
			out = append(out, task.Result{
				Question: task.Question{Miner: m, Weight: 1}, Judgement: task.Judgement{Quality: 1, Chance: 0.1, Accused: accused},
			})
		}
		return out
	}
	require.True(t, b.Record(append(append(good("a", ""), good("b", "")...), good("c", "cheats")...)))
	require.Positive(t, b.Standing("a").Score)
	hold := task.Hold{Gate: task.GateDevice, Why: "at uid 1 already"}
	b.HoldBack(map[task.MinerID]task.Hold{"a": hold, "c": hold, "new": {Gate: task.GateAttestation, Why: "none"}})
	s := b.Standing("a")
	require.Zero(t, s.Score)
	require.Equal(t, task.GateDevice, s.Gate)
	require.Equal(t, "at uid 1 already", s.Held)
	require.Equal(t, task.GateAccused, b.Standing("c").Gate)
	require.Equal(t, task.GateAttestation, b.Standing("new").Gate)
	require.Equal(t, []task.Weight{{UID: 2, Value: 65535}}, b.Weights([]task.Seat{{UID: 1, Miner: "a"}, {UID: 2, Miner: "b"}, {UID: 3, Miner: "c"}}))
	b.HoldBack(nil)
	require.Equal(t, task.Open, b.Standing("a").Gate)
	require.Positive(t, b.Standing("a").Score)
}
