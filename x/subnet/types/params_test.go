package types

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/x/emission/curve"
	"github.com/agon-chain/agon/x/scoring/exam"
	"github.com/agon-chain/agon/x/scoring/yuma"
	"github.com/agon-chain/agon/x/stake/pool"
)

// setField sets the number of a message that has this protobuf name.
func setField(t *testing.T, message any, name string, v uint64) {
	t.Helper()
	value := reflect.ValueOf(message).Elem()
	for i := range value.NumField() {
		if strings.Contains(value.Type().Field(i).Tag.Get("protobuf"), "name="+name+",") {
			value.Field(i).SetUint(v)
			return
		}
	}
	t.Fatalf("%T has no field %s", message, name)
}

func TestDefaultParamsAreValid(t *testing.T) {
	require.NoError(t, DefaultParams().Validate())
	require.NoError(t, DefaultGenesis().Validate())
	require.NoError(t, DefaultHyperparams().Validate())
}

// Each number is accepted at both of its ends, unless another field forbids it, and refused by name one step outside.
func TestParamsBounds(t *testing.T) {
	for _, b := range DefaultParams().bounds() {
		t.Run(b.name, func(t *testing.T) {
			p := DefaultParams()
			setField(t, &p, b.name, b.most+1)
			err := p.Validate()
			require.ErrorIs(t, err, ErrInvalidParams)
			require.ErrorContains(t, err, fmt.Sprintf("%s is %d, want %d to %d", b.name, b.most+1, b.least, b.most))
			if b.least > 0 {
				setField(t, &p, b.name, b.least-1)
				require.ErrorIs(t, p.Validate(), ErrInvalidParams)
				require.ErrorContains(t, p.Validate(), b.name+" is ")
			}
		})
	}
	t.Run("default-hyperparams", func(t *testing.T) {
		p := DefaultParams()
		p.DefaultHyperparams.Tempo = p.MinTempo - 1
		require.ErrorIs(t, p.Validate(), ErrInvalidHyperparams)
		require.ErrorContains(t, p.Validate(), "default_hyperparams: tempo is 4, want 5 to 50400")
	})
}

func TestHyperparamsBounds(t *testing.T) {
	p := DefaultParams()
	for _, b := range DefaultHyperparams().bounds(p) {
		t.Run(b.name, func(t *testing.T) {
			h := DefaultHyperparams()
			setField(t, &h, b.name, b.most+1)
			err := h.ValidateWithin(p)
			require.ErrorIs(t, err, ErrInvalidHyperparams)
			require.ErrorContains(t, err, fmt.Sprintf("%s is %d, want %d to %d%s", b.name, b.most+1, b.least, b.most, b.because))
			if b.least > 0 {
				setField(t, &h, b.name, b.least-1)
				require.ErrorIs(t, h.ValidateWithin(p), ErrInvalidHyperparams)
				require.ErrorContains(t, h.ValidateWithin(p), fmt.Sprintf("%s is %d, want", b.name, b.least-1))
			}
		})
	}
}

func TestHyperparamsTogether(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Hyperparams)
		want   string // empty: accepted
	}{
		{"steepness-zero", func(h *Hyperparams) { h.AlphaSigmoidSteepness = 0 }, "alpha_sigmoid_steepness is 0, want 1 to 32767"},
		{"steepness-negative", func(h *Hyperparams) { h.AlphaSigmoidSteepness = -1 }, "alpha_sigmoid_steepness is -1"},
		{"steepness-wide", func(h *Hyperparams) { h.AlphaSigmoidSteepness = 1 << 15 }, "alpha_sigmoid_steepness is 32768"},
		{"liquid-alpha-alone", func(h *Hyperparams) { h.LiquidAlpha = true }, "liquid_alpha is on without yuma3"},
		{"liquid-alpha-with-yuma3", func(h *Hyperparams) { h.LiquidAlpha, h.Yuma3 = true, true }, ""},
		{"receipts-without-openings", func(h *Hyperparams) { h.ExamOpenings = 0 }, "exam_receipts is 4 and exam_openings is 0"},
		{"openings-without-receipts", func(h *Hyperparams) { h.ExamReceipts = 0 }, "exam_receipts is 0 and exam_openings is 8"},
		{"exam-without-commit-reveal", func(h *Hyperparams) { h.CommitReveal = false }, "exam_receipts is 4 without commit_reveal"},
		{"neither", func(h *Hyperparams) { h.CommitReveal, h.ExamReceipts, h.ExamOpenings = false, 0, 0 }, ""},
		{"cutoff-below-tempo", func(h *Hyperparams) { h.Tempo, h.ActivityCutoff = 500, 499 }, "activity_cutoff is 499, want 500"},
		{"equal-ends", func(h *Hyperparams) {
			h.AlphaLow, h.AlphaHigh, h.MinRegistrationPrice, h.MaxRegistrationPrice = 7, 7, 1000, 1000
			h.ActivityCutoff, h.WeightsInterval, h.MinWeights = h.Tempo, h.Tempo, h.MaxNeurons
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := DefaultHyperparams()
			c.change(&h)
			err := h.ValidateWithin(DefaultParams())
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, ErrInvalidHyperparams)
			require.ErrorContains(t, err, c.want)
		})
	}
}

// A stored subnet outlives a narrowing of the bounds, so what any bounds allow must pass the widest.
func TestWidestHoldsAllParams(t *testing.T) {
	p := DefaultParams()
	p.MaxTempo, p.MinTempo, p.MaxNeurons, p.MaxValidators = MaxTempoBound, 1, MaxNeuronsBound, MaxNeuronsBound
	p.MaxImmunityPeriod, p.MinRegistrationPrice = MaxImmunityBound, 1
	require.NoError(t, p.Validate())
	h := DefaultHyperparams()
	for i, b := range h.bounds(p) {
		w := h.bounds(widest)[i]
		require.Equal(t, b.name, w.name)
		require.LessOrEqual(t, w.least, b.least, b.name)
		require.GreaterOrEqual(t, w.most, b.most, b.name)
	}
}

// Numbers that other packages own and this one may not import.
func TestBoundsAgreeWithOthers(t *testing.T) {
	require.EqualValues(t, curve.Cap, uint64(maxAmount))
	require.EqualValues(t, curve.UnitsPerToken, unitsPerToken)
	require.GreaterOrEqual(t, uint64(MinCreationCostBound), uint64(pool.MinReserve))
	require.EqualValues(t, exam.MaxReceiptsPerMiner, MaxExamReceipts)
	require.EqualValues(t, exam.MaxOpenings, MaxExamOpenings)
	require.LessOrEqual(t, MaxNeuronsBound, yuma.MaxNeurons)
}
