package yuma

import (
	"reflect"
	"slices"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// poison overwrites all memory that v holds, up to the capacity of its slices,
// except references to the caller's rows and lengths of slices.
func poison(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Field(i)
			poison(reflect.NewAt(f.Type(), unsafe.Pointer(f.UnsafeAddr())).Elem())
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Slice {
			return
		}
		full := v.Slice(0, v.Cap())
		for i := range full.Len() {
			poison(full.Index(i))
		}
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(0x5A5A5A5A)
	case reflect.Uint8, reflect.Uint16, reflect.Uint64:
		v.SetUint(0xA5A5A5A5A5A5A5A5 >> (64 - v.Type().Bits()))
	default:
		panic("no poison for " + v.Kind().String())
	}
}

// dirty returns a workspace and an output that an epoch of n neurons has used and
// whose memory is garbage since.
func dirty(t testing.TB, n int) (*Workspace, *Output) {
	s := source(n + 77)
	w, out := new(Workspace), new(Output)
	for range 2 {
		require.NoError(t, w.Run(s.params(n), s.input(n), out))
	}
	bonds := out.Bonds
	poison(reflect.ValueOf(w).Elem())
	poison(reflect.ValueOf(out).Elem())
	for _, row := range bonds {
		for k := range row {
			row[k] = Entry{UID: 0xDEAD, Value: 0xBEEF}
		}
	}
	return w, out
}

// One workspace serves subnets of any size in any order.
func TestWorkspaceIsReusable(t *testing.T) {
	var shared Workspace
	var reused Output
	s := source(21)
	for range 300 {
		n := s.below(41)
		in, p := s.input(n), s.params(n)
		var fresh Workspace
		var want Output
		require.NoError(t, fresh.Run(p, in, &want))
		require.NoError(t, shared.Run(p, in, &reused))
		require.Empty(t, difference(&want, &reused))
	}
}

// Whatever the memory of a workspace and an output holds, it does not show.
func TestStaleMemoryDoesNotShow(t *testing.T) {
	s := source(23)
	for range 300 {
		n := s.below(30)
		in, p := s.input(n), s.params(n)
		var fresh Workspace
		var want Output
		require.NoError(t, fresh.Run(p, in, &want))
		w, got := dirty(t, s.below(60))
		require.NoError(t, w.Run(p, in, got))
		require.Empty(t, difference(&want, got))
	}
}

func TestSteadyStateAllocatesNothing(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Params, *Input)
	}{
		{"classic", func(*Params, *Input) {}},
		{"classic-partial-penalty", func(p *Params, _ *Input) { p.BondsPenalty = 1000 }},
		{"yuma3", func(p *Params, _ *Input) { p.Yuma3 = true }},
		{"liquid-alpha", func(p *Params, _ *Input) { p.Yuma3, p.LiquidAlpha = true, true }},
		{"decay-omitted", func(p *Params, _ *Input) { p.Yuma3, p.LiquidAlpha, p.BondsDecayOmitted = true, true, true }},
		{"fallback", func(_ *Params, in *Input) { clear(in.Weights); clear(in.Bonds) }},
		{"commits-and-unsorted-rows", func(p *Params, in *Input) {
			p.Yuma3, p.LiquidAlpha, p.CommitReveal = true, true, true
			in.Commits = []Commit{{UID: 1, Block: 5}}
			slices.Reverse(in.Weights[3])
			slices.Reverse(in.Weights[5])
			in.Bonds[4] = slices.Clone(in.Bonds[4]) // the next bonds are written over the others
			slices.Reverse(in.Bonds[4])
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := benchParams(false, 16)
			in := fullInput(t, 64, 16, 1, p)
			c.change(&p, in)
			var w Workspace
			var out Output
			require.NoError(t, w.Run(p, in, &out))
			require.Zero(t, testing.AllocsPerRun(20, func() {
				if err := w.Run(p, in, &out); err != nil {
					t.Fatal(err)
				}
			}))
		})
	}
	t.Run("bonds-in-place", func(t *testing.T) {
		p := benchParams(true, 16)
		in := fullInput(t, 64, 16, 1, p)
		var w Workspace
		var out Output
		require.NoError(t, w.Run(p, in, &out))
		in.Bonds = out.Bonds
		require.Zero(t, testing.AllocsPerRun(20, func() {
			if err := w.Run(p, in, &out); err != nil {
				t.Fatal(err)
			}
			in.Bonds, in.Permits = out.Bonds, out.Permits
		}))
	})
}
