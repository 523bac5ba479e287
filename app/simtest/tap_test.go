package simtest

import (
	"context"
	"errors"
	"slices"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/internal/isolate"
)

// occurrence is a step of a block that ran, and how often the modules touched a store in it.
type occurrence struct {
	what  string
	about []any
	ops   int
}

func (o occurrence) netuid() uint32      { return o.value("netuid").(uint32) }
func (o occurrence) id() uint64          { return o.value("id").(uint64) }
func (o occurrence) value(of string) any { return o.about[slices.Index(o.about, any(of))+1] }

// kind is a way to fail.
type kind struct {
	name string
	// around replaces the step; nil leaves it as it is.
	around func(step func(context.Context) error) func(context.Context) error
	// op is what becomes of the op-th touch of a store in the step, counted from 0; nil does nothing.
	op func(op int, touch func())
	// rot is the op-th touch of a store from which a read returns nonsense; negative for none.
	rot int
}

var errInjected = errors.New("injected")

// stepKinds are those that do not ask at which touch of a store they strike: first and last in the step.
func stepKinds() []kind {
	first := func(how func() error) func(func(context.Context) error) func(context.Context) error {
		return func(func(context.Context) error) func(context.Context) error {
			return func(context.Context) error { return how() }
		}
	}
	last := func(how func() error) func(func(context.Context) error) func(context.Context) error {
		return func(step func(context.Context) error) func(context.Context) error {
			return func(ctx context.Context) error {
				if err := step(ctx); err != nil {
					return err
				}
				return how() // after everything was written
			}
		}
	}
	fail := func() error { return errInjected }
	crash := func() error { panic("injected") }
	gas := func() error { panic(storetypes.ErrorOutOfGas{Descriptor: "injected"}) }
	return []kind{
		{name: "fails first", around: first(fail), rot: -1},
		{name: "panics first", around: first(crash), rot: -1},
		{name: "is out of gas first", around: first(gas), rot: -1},
		{name: "fails last", around: last(fail), rot: -1},
		{name: "panics last", around: last(crash), rot: -1},
		{name: "is out of gas last", around: last(gas), rot: -1},
	}
}

// opKinds strike at one touch of a store.
func opKinds(at int) []kind {
	on := func(how func(touch func())) func(int, func()) {
		return func(op int, touch func()) {
			if op == at {
				how(touch)
			}
		}
	}
	return []kind{
		{name: "panics at a touch", op: on(func(func()) { panic("injected") }), rot: -1},
		{name: "is out of gas at a touch", op: on(func(func()) { panic(storetypes.ErrorOutOfGas{Descriptor: "injected"}) }), rot: -1},
		{name: "panics after a touch", op: on(func(touch func()) { touch(); panic("injected") }), rot: -1},
		{name: "reads nonsense", rot: at},
	}
}

// tap stands between the modules and the stores, and around the steps of a block. It notes which steps run, and lets some fail.
type tap struct {
	ran []*occurrence
	// inside are the steps that run now, the innermost last.
	inside []*occurrence
	// outside counts the touches of stores in no step while own is set.
	outside int
	own     bool
	// fault says in what way an occurrence of a step fails; nil in none.
	fault func(index int, o occurrence) *kind
	now   map[*occurrence]*kind
}

// into is ctx with the tap in it.
func (t *tap) into(ctx sdk.Context) sdk.Context {
	t.now = map[*occurrence]*kind{}
	return isolate.WithAround(ctx.WithMultiStore(tapped{ctx.MultiStore(), t}), t.around)
}

func (t *tap) around(what string, about []any, step func(context.Context) error) func(context.Context) error {
	o := &occurrence{what: what, about: about}
	if t.fault != nil {
		if k := t.fault(len(t.ran), *o); k != nil {
			t.now[o] = k
			if k.around != nil {
				step = k.around(step)
			}
		}
	}
	t.ran = append(t.ran, o)
	return func(ctx context.Context) error {
		t.inside = append(t.inside, o)
		defer func() { t.inside = t.inside[:len(t.inside)-1] }()
		return step(ctx)
	}
}

// touch does one touch of a store. It reports whether what is read is nonsense.
func (t *tap) touch(do func()) (rotten bool) {
	if len(t.inside) == 0 {
		if t.own {
			t.outside++
		}
		do()
		return false
	}
	o := t.inside[len(t.inside)-1]
	op, k := o.ops, t.now[o]
	o.ops++
	done := false
	if k != nil && k.op != nil {
		k.op(op, func() { do(); done = true })
	}
	if !done {
		do()
	}
	return k != nil && k.rot == op
}

// rotten is nothing that any module has written.
func rotten() []byte { return []byte{0xff, 0xff, 0xff} }

// tapped is a multistore whose every touch goes by the tap.
type tapped struct {
	storetypes.MultiStore
	tap *tap
}

func (s tapped) GetKVStore(key storetypes.StoreKey) storetypes.KVStore {
	return tappedStore{s.MultiStore.GetKVStore(key), s.tap}
}

func (s tapped) CacheMultiStore() storetypes.CacheMultiStore {
	branch := s.MultiStore.CacheMultiStore()
	return tappedBranch{tapped{branch, s.tap}, branch}
}

type tappedBranch struct {
	tapped
	branch storetypes.CacheMultiStore
}

func (s tappedBranch) Write() { s.branch.Write() }

type tappedStore struct {
	storetypes.KVStore
	tap *tap
}

func (s tappedStore) Get(key []byte) (value []byte) {
	if s.tap.touch(func() { value = s.KVStore.Get(key) }) && value != nil {
		return rotten()
	}
	return value
}

func (s tappedStore) Has(key []byte) (has bool) {
	s.tap.touch(func() { has = s.KVStore.Has(key) })
	return has
}

func (s tappedStore) Set(key, value []byte) { s.tap.touch(func() { s.KVStore.Set(key, value) }) }

func (s tappedStore) Delete(key []byte) { s.tap.touch(func() { s.KVStore.Delete(key) }) }

func (s tappedStore) Iterator(start, end []byte) (it storetypes.Iterator) {
	s.tap.touch(func() { it = s.KVStore.Iterator(start, end) })
	return tappedIterator{it, s.tap}
}

func (s tappedStore) ReverseIterator(start, end []byte) (it storetypes.Iterator) {
	s.tap.touch(func() { it = s.KVStore.ReverseIterator(start, end) })
	return tappedIterator{it, s.tap}
}

type tappedIterator struct {
	storetypes.Iterator
	tap *tap
}

func (i tappedIterator) Value() (value []byte) {
	if i.tap.touch(func() { value = i.Iterator.Value() }) {
		return rotten()
	}
	return value
}
