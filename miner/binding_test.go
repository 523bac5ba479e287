package miner

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/x/model/content"
	"github.com/agon-chain/agon/x/model/content/disk"
	modeltypes "github.com/agon-chain/agon/x/model/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// fakeModels keeps versions and one neuron's bindings, and takes the transactions about them.
type fakeModels struct {
	mu       sync.Mutex
	versions map[string]modeltypes.Version
	files    map[string][]content.File
	bound    []modeltypes.BindingInfo
	refuse   error
	sent     []sdk.Msg
}

func (f *fakeModels) Version(_ context.Context, model string, number uint32) (modeltypes.Version, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	v, ok := f.versions[modeltypes.Label(model, number)]
	if !ok {
		return v, ErrNoVersion
	}
	return v, nil
}

func (f *fakeModels) Bindings(context.Context, uint32, uint32) ([]modeltypes.BindingInfo, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]modeltypes.BindingInfo{}, f.bound...), nil
}

func (f *fakeModels) Run(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }

// Submit judges as the keeper does: a proof must lead to the root.
func (f *fakeModels) Submit(_ context.Context, msgs ...sdk.Msg) (chain.TxResult, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sent = append(f.sent, msgs...)
	if f.refuse != nil {
		return chain.TxResult{}, f.refuse
	}
	switch m := msgs[0].(type) {
	case *modeltypes.MsgBindVersion:
		f.add(modeltypes.Label(m.Model, m.Version))
	case *modeltypes.MsgUnbindVersion:
		f.drop(modeltypes.Label(m.Model, m.Version))
	case *modeltypes.MsgAnswerChallenge:
		label := modeltypes.Label(m.Model, m.Version)
		for i, b := range f.bound {
			if modeltypes.Label(b.Version.Model, b.Version.Version) != label {
				continue
			}
			if b.Asked == nil {
				return chain.TxResult{}, modeltypes.ErrNoChallenge
			}
			p := &content.Proof{Chunk: m.Chunk}
			for _, h := range m.ChunkPath {
				p.ChunkPath = append(p.ChunkPath, content.Hash(h))
			}
			for _, h := range m.LeafPath {
				p.LeafPath = append(p.LeafPath, content.Hash(h))
			}
			for _, file := range f.files[label] {
				if file.Path == b.Asked.Path {
					if err := file.Verify(b.Asked.Leaf, b.Asked.Chunk, p); err != nil {
						return chain.TxResult{}, modeltypes.ErrInvalidAnswer
					}
				}
			}
			f.bound[i].Asked, f.bound[i].Binding.Challenge, f.bound[i].Binding.ProvenAt = nil, nil, 9
		}
	}
	return chain.TxResult{Hash: "AB", Height: 9}, nil
}

func (f *fakeModels) add(label string) {
	v := f.versions[label]
	f.bound = append(f.bound, modeltypes.BindingInfo{Version: modeltypes.VersionName{Model: v.Model, Version: v.Number}})
}

func (f *fakeModels) drop(label string) {
	for i, b := range f.bound {
		if modeltypes.Label(b.Version.Model, b.Version.Version) == label {
			f.bound = append(f.bound[:i:i], f.bound[i+1:]...)
			return
		}
	}
}

// ask for a chunk of a version that is bound.
func (f *fakeModels) ask(label, path string, leaf, chunk uint32) {
	for i, b := range f.bound {
		if modeltypes.Label(b.Version.Model, b.Version.Version) == label {
			f.bound[i].Binding.Challenge = &modeltypes.Challenge{DueAt: 99}
			f.bound[i].Asked = &modeltypes.Asked{Path: path, Leaf: leaf, Chunk: chunk}
		}
	}
}

// publish a version of a folder's files.
func (f *fakeModels) publish(t *testing.T, name string, number uint32, dir string) [32]byte {
	t.Helper()
	found, err := disk.Find(dir)
	require.NoError(t, err)
	files, err := found.Hash(t.Context(), nil)
	require.NoError(t, err)
	root, err := content.Root(files)
	require.NoError(t, err)
	label := modeltypes.Label(name, number)
	f.versions[label], f.files[label] = modeltypes.Version{Model: name, Number: number, Root: root[:]}, files
	return root
}

type duty struct {
	models *fakeModels
	now    time.Time
	binder *binder
	dir    string
	log    *bytes.Buffer
}

// pinnedStub serves what it says.
type pinnedStub struct {
	stub
	pinned task.Pinned
}

func (p pinnedStub) Pinned() (task.Pinned, bool) { return p.pinned, p.pinned.Version != "" }

// newDuty is a registered miner that serves tiny-stories@1 out of a folder.
func newDuty(t *testing.T, change func(*Options, *task.Pinned)) *duty {
	t.Helper()
	d := &duty{models: &fakeModels{versions: map[string]modeltypes.Version{}, files: map[string][]content.File{}}, now: time.Unix(1_800_000_000, 0), dir: t.TempDir(), log: &bytes.Buffer{}}
	require.NoError(t, os.WriteFile(filepath.Join(d.dir, "weights"), bytes.Repeat([]byte("agon"), 1<<19), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(d.dir, "README"), []byte("a model"), 0o600))
	root := d.models.publish(t, "tiny-stories", 1, d.dir)
	chain := newFakeChain()
	o := testOptions(t, chain, "http://127.0.0.1:9")
	chain.neuron = &subnettypes.Neuron{Netuid: testNetuid, Uid: 2, Hotkey: o.Hotkey.String(), Owner: o.OwnerAddress.String()}
	o.Models, o.Log, o.Now, o.Signer = d.models, slog.New(slog.NewTextHandler(d.log, nil)), func() time.Time { return d.now }, o.Hotkey
	p := task.Pinned{Version: "tiny-stories@1", Root: root, Path: d.dir}
	if change != nil {
		change(&o, &p)
	}
	d.binder = newBinder(o, pinnedStub{pinned: p}, d.models, newMetrics())
	return d
}

func (d *duty) look(t *testing.T) []BindingHealth {
	t.Helper()
	require.NoError(t, d.binder.reconcile(t.Context()))
	return d.binder.Health()
}

func TestBindsToWhatIsServedAndAnswers(t *testing.T) {
	d := newDuty(t, nil)
	d.look(t)
	require.Len(t, d.models.bound, 1)
	h := d.look(t)
	require.Equal(t, []BindingHealth{{Version: "tiny-stories@1", Bound: true}}, h)
	require.Len(t, d.models.sent, 1, "bound once")
	d.models.ask("tiny-stories@1", "weights", 1, 77)
	d.look(t)
	require.IsType(t, &modeltypes.MsgAnswerChallenge{}, d.models.sent[1])
	require.EqualValues(t, 9, d.look(t)[0].ProvenAt, "the chain took it")
	require.Len(t, d.models.sent, 2)
}

func TestIsNotBoundInVain(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(d *duty)
		problem string
	}{
		"not-registered": {func(d *duty) { delete(d.models.versions, "tiny-stories@1") }, ""},
		"another-root":   {func(d *duty) { d.binder.served.Root[0]++ }, "is said to have root"},
		"missing":        {func(d *duty) { os.RemoveAll(d.dir) }, "are not here"},
		"corrupt":        {func(d *duty) { os.WriteFile(filepath.Join(d.dir, "README"), []byte("another"), 0o600) }, "not those of the version"},
		"deprecated": {func(d *duty) {
			v := d.models.versions["tiny-stories@1"]
			v.Deprecation = &modeltypes.Deprecation{Reason: "old"}
			d.models.versions["tiny-stories@1"] = v
		}, "deprecated"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDuty(t, nil)
			c.change(d)
			h := d.look(t)
			require.Empty(t, d.models.sent)
			require.Len(t, h, 1)
			if c.problem == "" {
				require.Empty(t, h[0].Problem)
				return
			}
			require.Contains(t, h[0].Problem, c.problem)
			require.Contains(t, d.log.String(), "level=WARN")
		})
	}
	t.Run("no-folder-is-named", func(t *testing.T) {
		d := newDuty(t, func(_ *Options, p *task.Pinned) { p.Path = "" })
		require.Contains(t, d.look(t)[0].Problem, "set model-dir")
	})
	t.Run("refused", func(t *testing.T) {
		d := newDuty(t, nil)
		d.models.refuse = modeltypes.ErrBarred
		d.look(t)
		d.look(t)
		require.Len(t, d.models.sent, 1, "it waits")
		d.models.refuse = nil
		d.now = d.now.Add(2 * bindAgain)
		d.look(t)
		require.Len(t, d.models.bound, 1)
	})
	t.Run("by-hand-only", func(t *testing.T) {
		d := newDuty(t, func(o *Options, _ *task.Pinned) { o.Config.Bind = false })
		d.look(t)
		require.Empty(t, d.models.sent)
	})
}

func TestSeveralBindings(t *testing.T) {
	models := t.TempDir()
	old := filepath.Join(models, "older@4")
	require.NoError(t, os.Mkdir(old, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(old, "weights"), []byte("older"), 0o600))
	with := func(bind bool) *duty {
		d := newDuty(t, func(o *Options, _ *task.Pinned) { o.Config.ModelDir, o.Config.Bind = models, bind })
		d.models.publish(t, "older", 4, old)
		d.models.add("older@4")
		d.models.add("tiny-stories@1")
		d.models.ask("older@4", "weights", 0, 0)
		d.models.ask("tiny-stories@1", "README", 0, 0)
		return d
	}
	t.Run("both-are-answered", func(t *testing.T) {
		d := with(false)
		d.look(t)
		for _, b := range d.models.bound {
			require.EqualValues(t, 9, b.Binding.ProvenAt)
		}
		d.look(t)
		require.Len(t, d.models.bound, 2)
	})
	t.Run("what-is-not-served-is-left-after-its-answer", func(t *testing.T) {
		d := with(true)
		d.look(t)
		require.Len(t, d.models.bound, 2, "to leave while asked is to miss")
		d.look(t)
		require.Len(t, d.models.bound, 1)
		require.Equal(t, "tiny-stories", d.models.bound[0].Version.Model)
		require.NotContains(t, d.log.String(), "missed")
	})
}

func TestFilesThatGoBad(t *testing.T) {
	d := newDuty(t, nil)
	d.look(t)
	weights := filepath.Join(d.dir, "weights")
	good, err := os.ReadFile(weights)
	require.NoError(t, err)
	bad := bytes.Clone(good)
	bad[5]++
	require.NoError(t, os.WriteFile(weights, bad, 0o600))
	d.models.ask("tiny-stories@1", "weights", 0, 3)
	require.Contains(t, d.look(t)[0].Problem, content.ErrChanged.Error())
	require.Len(t, d.models.sent, 1, "what is wrong is not sent")
	require.Contains(t, d.log.String(), "cannot be proven")
	require.NoError(t, os.WriteFile(weights, good, 0o600))
	d.now = d.now.Add(2 * bindAgain)
	d.look(t)
	require.EqualValues(t, 9, d.models.bound[0].Binding.ProvenAt, "mended in time")

	d.models.ask("tiny-stories@1", "weights", 0, 3)
	d.models.refuse = errors.New("node restarts")
	d.look(t)
	d.models.refuse = nil
	d.look(t)
	require.Nil(t, d.models.bound[0].Asked, "tried again")

	d.models.ask("tiny-stories@1", "weights", 0, 3)
	require.NoError(t, os.RemoveAll(d.dir))
	d.look(t)
	d.models.drop("tiny-stories@1")
	d.look(t)
	require.Contains(t, d.log.String(), "a challenge was missed")
	require.Empty(t, d.models.bound)
}

// The whole miner binds by itself, and its health says so.
func TestMinerBinds(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "weights"), []byte("some"), 0o600))
	models := &fakeModels{versions: map[string]modeltypes.Version{}, files: map[string][]content.File{}}
	root := models.publish(t, "tiny-stories", 1, dir)
	b := start(t, func(o *Options) {
		o.Models = models
		queue := o.HotkeyQueue
		o.HotkeyQueue = func(a sdk.AccAddress) (Queue, error) {
			q, err := queue(a)
			return both{q, models}, err
		}
		spec := stubSpec(nil)
		spec.New = func(context.Context, task.ExpertConfig) (task.Expert, error) {
			return pinnedStub{pinned: task.Pinned{Version: "tiny-stories@1", Root: root, Path: dir}}, nil
		}
		o.Experts, o.Config.Expert = []task.ExpertSpec{spec}, spec.Name
	})
	require.Eventually(t, func() bool {
		_, _, body := b.plain("GET", "/healthz", nil)
		return bytes.Contains(body, []byte(`"bindings":[{"version":"tiny-stories@1","bound":true`))
	}, 5*time.Second, 10*time.Millisecond)
}

// both sends what is about models to them and the rest elsewhere.
type both struct {
	Queue
	models *fakeModels
}

func (b both) Submit(ctx context.Context, msgs ...sdk.Msg) (chain.TxResult, error) {
	switch msgs[0].(type) {
	case *modeltypes.MsgBindVersion, *modeltypes.MsgUnbindVersion, *modeltypes.MsgAnswerChallenge:
		return b.models.Submit(ctx, msgs...)
	}
	return b.Queue.Submit(ctx, msgs...)
}
