package validator_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/validator"
	"github.com/agon-chain/agon/validator/dishonest"
	"github.com/agon-chain/agon/wire"
	"github.com/agon-chain/agon/x/scoring/exam"
	scoringtypes "github.com/agon-chain/agon/x/scoring/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

var wanted = exam.Params{ReceiptsPerMiner: 4, Openings: 6}

// scores are fixed.
type scores map[task.MinerID]float64

func (s scores) Weights(seats []task.Seat) []task.Weight {
	var uids []uint16
	var values []float64
	for _, x := range seats {
		uids, values = append(uids, x.UID), append(values, s[x.Miner])
	}
	return task.QuantizeWeights(uids, values)
}

func address(name string) sdk.AccAddress {
	h := wire.BodyHash([]byte(name))
	return sdk.AccAddress(h[:20])
}

// bench is a chain with three miners, a judge and its store, moved by hand.
type bench struct {
	*fakeChain
	self   validator.Self
	uid    uint16
	miners []string
	keys   []wire.ServiceKey
	path   string
	store  *validator.Store
	scores scores
}

func newBench(t *testing.T) *bench {
	b := &bench{fakeChain: newFakeChain(t, 10, wanted), path: filepath.Join(t.TempDir(), "v.db"), scores: scores{}}
	b.self = validator.Self{ChainID: testChain, Netuid: testNetuid, Hotkey: address("judge")}
	for i, name := range []string{"good", "fair", "poor"} {
		key := wire.NewServiceKey()
		public := key.Public()
		hotkey := address(name).String()
		b.add(chain.Neuron{Hotkey: hotkey, URL: "http://127.0.0.1:1", ServiceKey: public[:]})
		b.miners, b.keys = append(b.miners, hotkey), append(b.keys, key)
		b.scores[task.MinerID(hotkey)] = []float64{0.9, 0.5, 0.1}[i]
	}
	b.uid = b.add(chain.Neuron{Hotkey: b.self.Hotkey.String(), Stake: 100})
	b.open()
	t.Cleanup(func() { require.NoError(t, b.store.Close()) })
	return b
}

func (b *bench) open() {
	if b.store != nil {
		require.NoError(b.t, b.store.Close())
	}
	var err error
	b.store, err = validator.OpenStore(b.path, b.self)
	require.NoError(b.t, err)
}

// examine fills every slot of the running epoch for the miners named.
func (b *bench) examine(uids ...uint16) {
	epoch := b.epoch.Index
	for _, uid := range uids {
		for slot := range wanted.ReceiptsPerMiner {
			require.NoError(b.t, b.store.AddAnswer(epoch, nil, validator.LeafOf(b.leaf(uid, slot, epoch), 1)))
		}
	}
}

func (b *bench) leaf(uid, slot uint16, epoch uint64) exam.Leaf {
	l := exam.Leaf{Nonce: wire.NewExaminerNonce(uid, slot)}
	at := time.UnixMilli(1_800_000_000_000)
	l.Receipt = wire.Receipt{ChainIDHash: wire.ChainIDHash(testChain), Netuid: testNetuid, QuestionHash: wire.BodyHash([]byte{byte(slot)}), Status: 200, ReceivedAt: at, FinishedAt: at}
	l.Receipt.Tag = wire.ExaminerTag(b.self.Hotkey, testNetuid, b.self.Mechanism, epoch, l.Receipt.QuestionHash, l.Nonce)
	require.NoError(b.t, l.Receipt.Sign(b.keys[uid]))
	return l
}

func (b *bench) committer(s validator.Strategy, after func(string) error) *validator.Committer {
	return validator.NewTestCommitter(b.self, view{b.fakeChain, b.self}, sender{b.fakeChain, b.self.Hotkey, true}, b.store, b.scores, s, after)
}

// until steps the committer, a block at a time, up to the end of an epoch.
func (b *bench) until(c *validator.Committer, epoch uint64) error {
	for b.epoch.Index <= epoch {
		if err := c.Step(context.Background(), b.height); err != nil {
			return err
		}
		b.mine()
	}
	return nil
}

func (b *bench) record(epoch uint64) validator.CommitRecord {
	records, err := b.store.Commits()
	require.NoError(b.t, err)
	for _, r := range records {
		if r.Epoch == epoch {
			return r
		}
	}
	b.t.Fatalf("no record of epoch %d", epoch)
	return validator.CommitRecord{}
}

func TestCommitsAndRevealsEveryEpoch(t *testing.T) {
	b := newBench(t)
	c := b.committer(validator.Honest{}, nil)
	for epoch := b.epoch.Index; epoch < 6; epoch++ {
		b.examine(0, 1, 2)
		require.NoError(t, b.until(c, epoch))
	}
	require.Equal(t, []uint64{3, 4}, b.revealed(b.self.Hotkey), "epoch 5 is committed and waits for epoch 6")
	require.NoError(t, b.until(c, 6))
	require.Equal(t, []uint64{3, 4, 5}, b.revealed(b.self.Hotkey))
	require.Equal(t, []scoringtypes.Weight{{Uid: 0, Value: 65535}, {Uid: 1, Value: 36408}, {Uid: 2, Value: 7282}}, b.row(b.uid))
	require.Empty(t, b.refusals)
	require.Equal(t, validator.Revealed, b.record(5).Status)
	b.onlyOneHash()
}

func TestWeightsOnlyForTheExamined(t *testing.T) {
	b := newBench(t)
	b.examine(1)
	require.NoError(t, b.store.AddAnswer(b.epoch.Index, nil, validator.LeafOf(b.leaf(0, 2, b.epoch.Index), 1)))
	c := b.committer(validator.Honest{}, nil)
	require.NoError(t, b.until(c, 4))
	require.Equal(t, []scoringtypes.Weight{{Uid: 1, Value: 65535}}, b.row(b.uid), "one receipt of four is no examination")
	require.Empty(t, b.refusals)
}

func TestNothingExaminedCommitsNothing(t *testing.T) {
	b := newBench(t)
	require.NoError(t, b.until(b.committer(validator.Honest{}, nil), 4))
	require.Empty(t, b.hashes)
	require.Empty(t, b.refusals)
}

func TestNewcomerGetsNothingFromItsPredecessorsReceipts(t *testing.T) {
	b := newBench(t)
	b.examine(0, 1)
	b.neurons[0].RegisteredAt = 5
	require.NoError(t, b.until(b.committer(validator.Honest{}, nil), 4))
	require.Equal(t, []scoringtypes.Weight{{Uid: 1, Value: 65535}}, b.row(b.uid))
}

func TestMinersReplacedAfterTheCommitDoNotVoidIt(t *testing.T) {
	b := newBench(t)
	b.examine(0, 1)
	c := b.committer(validator.Honest{}, nil)
	for len(b.commits) == 0 {
		require.NoError(t, c.Step(context.Background(), b.height))
		b.mine()
	}
	// A newcomer is asked in the same epoch: its receipts must not take the place of those committed.
	require.NoError(t, b.store.AddAnswer(b.epoch.Index, nil, validator.LeafOf(b.leaf(0, 1, b.epoch.Index), 9)))
	require.NoError(t, b.until(c, 4))
	require.Equal(t, []uint64{3}, b.revealed(b.self.Hotkey))
}

func TestRowsAreFilledUpToMinWeights(t *testing.T) {
	b := newBench(t)
	b.subnet.Hyperparams.MinWeights = 4
	b.examine(1)
	require.NoError(t, b.until(b.committer(validator.Honest{}, nil), 4))
	require.Empty(t, b.refusals)
	require.Equal(t, []scoringtypes.Weight{{Uid: 1, Value: 65535}}, b.row(b.uid))
}

func TestWithoutExaminationNoReceiptsAreNeeded(t *testing.T) {
	b := newBench(t)
	b.subnet.Hyperparams.ExamReceipts, b.subnet.Hyperparams.ExamOpenings = 0, 0
	require.NoError(t, b.until(b.committer(validator.Honest{}, nil), 4))
	require.Empty(t, b.refusals)
	require.Len(t, b.row(b.uid), 3)
}

func TestSetsWeightsDirectly(t *testing.T) {
	b := newBench(t)
	b.subnet.Hyperparams.CommitReveal = false
	b.subnet.Hyperparams.WeightsInterval = 5
	sent := 0
	b.onSubmit = func(sdk.Msg) { sent++ }
	c := b.committer(validator.Honest{}, nil)
	for epoch := uint64(3); epoch < 6; epoch++ {
		b.examine(0, 1, 2)
		require.NoError(t, b.until(c, epoch))
	}
	require.Equal(t, 3, sent, "once an epoch")
	require.Len(t, b.row(b.uid), 3)
	require.Empty(t, b.refusals)
}

var errKilled = errors.New("killed")

// TestKilledAtEachStep kills the committer behind each of its steps, in each of two epochs, and starts another on the same store.
func TestKilledAtEachStep(t *testing.T) {
	for _, step := range validator.Steps {
		for _, times := range []int{1, 3} {
			t.Run(step+"-"+map[int]string{1: "once", 3: "thrice"}[times], func(t *testing.T) {
				b := newBench(t)
				b.onSubmit = func(m sdk.Msg) {
					if commit, ok := m.(*scoringtypes.MsgCommitWeights); ok {
						require.Equal(t, commit.Hash, b.record(commit.Epoch).Hash, "durable before it is visible")
					}
					if reveal, ok := m.(*scoringtypes.MsgRevealWeights); ok {
						require.Equal(t, validator.Revealing, b.record(reveal.Epoch).Status)
					}
				}
				left := times
				kill := func(at string) error {
					if at == step && left > 0 {
						left--
						return errKilled
					}
					return nil
				}
				b.examine(0, 1, 2)
				for {
					err := b.until(b.committer(validator.Honest{}, kill), 4)
					if err == nil {
						break
					}
					require.ErrorIs(t, err, errKilled)
					// Scores go on moving between the tries; the promise must not.
					b.scores[task.MinerID(b.miners[1])] /= 2
					b.open()
					b.mine()
				}
				require.Less(t, left, times, "the step was reached")
				require.Equal(t, []uint64{3}, b.revealed(b.self.Hotkey))
				require.Equal(t, validator.Revealed, b.record(3).Status)
				b.onlyOneHash()
			})
		}
	}
}

func TestOutcomesThatAreNeverLearned(t *testing.T) {
	for name, f := range map[string]fault{"lost": faultLost, "included": faultMuted} {
		for _, kind := range []string{"commit", "reveal"} {
			t.Run(kind+"-"+name, func(t *testing.T) {
				b := newBench(t)
				left := 1 // the margin leaves room for one more try
				b.fault = func(m sdk.Msg) fault {
					_, commit := m.(*scoringtypes.MsgCommitWeights)
					if commit == (kind == "commit") && left > 0 {
						left--
						return f
					}
					return faultNone
				}
				b.examine(0, 1, 2)
				require.NoError(t, b.until(b.committer(validator.Honest{}, nil), 4))
				require.Equal(t, []uint64{3}, b.revealed(b.self.Hotkey))
				require.Equal(t, validator.Revealed, b.record(3).Status)
				b.onlyOneHash()
			})
		}
	}
}

func TestCommitThatNeverArrivedIsGivenUp(t *testing.T) {
	b := newBench(t)
	b.fault = func(sdk.Msg) fault { return faultLost }
	b.examine(0, 1)
	require.NoError(t, b.until(b.committer(validator.Honest{}, nil), 4))
	require.Equal(t, validator.Missed, b.record(3).Status)
}

func TestRevealTooLateIsGivenUp(t *testing.T) {
	b := newBench(t)
	b.fault = func(m sdk.Msg) fault {
		if _, ok := m.(*scoringtypes.MsgRevealWeights); ok {
			return faultLost
		}
		return faultNone
	}
	b.examine(0, 1)
	require.NoError(t, b.until(b.committer(validator.Honest{}, nil), 5))
	require.Equal(t, validator.Expired, b.record(3).Status)
}

func TestVersionChangedUnderTheCommit(t *testing.T) {
	b := newBench(t)
	b.onSubmit = func(m sdk.Msg) {
		if _, ok := m.(*scoringtypes.MsgCommitWeights); ok {
			b.subnet.Hyperparams.WeightsVersion = 9
		}
	}
	b.examine(0, 1)
	require.NoError(t, b.until(b.committer(validator.Honest{}, nil), 4))
	require.Equal(t, validator.Failed, b.record(3).Status)
	require.Empty(t, b.refusals, "a reveal that must fail is not sent")
}

func TestStoreLostBetweenCommitAndReveal(t *testing.T) {
	b := newBench(t)
	b.examine(0, 1)
	c := b.committer(validator.Honest{}, nil)
	for len(b.commits) == 0 {
		require.NoError(t, c.Step(context.Background(), b.height))
		b.mine()
	}
	require.NoError(t, b.store.Close())
	b.store, b.path = nil, filepath.Join(t.TempDir(), "other.db")
	b.open()
	b.examine(0, 1)
	require.NoError(t, b.until(b.committer(validator.Honest{}, nil), 3))
	require.Empty(t, b.revealed(b.self.Hotkey))
	b.onlyOneHash()
}

func TestUnregisteredHotkeyEnds(t *testing.T) {
	b := newBench(t)
	b.neurons = b.neurons[:3]
	require.ErrorIs(t, b.committer(validator.Honest{}, nil).Step(context.Background(), b.height), validator.ErrNotRegistered)
}

// keySender signs with a key that took the hotkey's place; the chain knows for whom.
type keySender struct {
	sender
	key     sdk.AccAddress
	swapped bool
}

func (s keySender) Submit(ctx context.Context, msgs ...sdk.Msg) (chain.TxResult, error) {
	if s.swapped {
		return chain.TxResult{}, fmt.Errorf("%w: another signs", subnettypes.ErrKeySwapped)
	}
	for _, msg := range msgs {
		switch m := msg.(type) {
		case *scoringtypes.MsgCommitWeights:
			require.Equal(s.t, s.key.String(), m.Hotkey)
			m.Hotkey = s.address.String()
		case *scoringtypes.MsgRevealWeights:
			require.Equal(s.t, s.key.String(), m.Hotkey)
			m.Hotkey = s.address.String()
		}
	}
	return s.sender.Submit(ctx, msgs...)
}

// What was asked and promised under the hotkey's own key, the validator reveals with another; with one that was swapped it ends.
func TestAnotherKeySigns(t *testing.T) {
	b := newBench(t)
	b.examine(0, 1, 2)
	require.NoError(t, b.until(b.committer(validator.Honest{}, nil), 3))
	b.self.Key = address("another key")
	with := func(swapped bool) *validator.Committer {
		return validator.NewTestCommitter(b.self, view{b.fakeChain, b.self}, keySender{sender{b.fakeChain, b.self.Hotkey, true}, b.self.Key, swapped}, b.store, b.scores, validator.Honest{}, nil)
	}
	require.ErrorIs(t, b.until(with(true), 4), subnettypes.ErrKeySwapped)
	b.open()
	b.examine(0, 1, 2)
	require.NoError(t, b.until(with(false), 5))
	require.Equal(t, []uint64{3, 4}, b.revealed(b.self.Hotkey))
	b.onlyOneHash()
}

func TestCopierCannotReveal(t *testing.T) {
	b := newBench(t)
	other := b.add(chain.Neuron{Hotkey: address("other").String(), Stake: 50})
	b.storeRow(address("other").String(), []scoringtypes.Weight{{Uid: 0, Value: 100}, {Uid: 2, Value: 300}})
	require.NoError(t, b.until(b.committer(dishonest.Copier{}, nil), 4))
	require.Empty(t, b.revealed(b.self.Hotkey))
	require.Len(t, b.refusals, 1, "a refusal that cannot change is not repeated")
	require.ErrorIs(t, b.refusals[0], scoringtypes.ErrExamination)
	r := b.record(3)
	require.Equal(t, validator.Failed, r.Status)
	require.Equal(t, []exam.Weight{{UID: 0, Value: 21845}, {UID: 2, Value: 65535}}, r.Weights)
	require.Len(t, b.row(other), 2)
}

func TestColluderGivesAllToItsFavourite(t *testing.T) {
	b := newBench(t)
	b.examine(0, 1, 2)
	c := dishonest.Colluder{Favour: b.miners[2]}
	require.Len(t, c.Targets(b.neurons), 1)
	require.NoError(t, b.until(b.committer(c, nil), 4))
	require.Equal(t, []scoringtypes.Weight{{Uid: 2, Value: 65535}}, b.row(b.uid))
}

func TestDishonestyNeedsItsFlag(t *testing.T) {
	c := validator.DefaultConfig()
	c.Behaviour = validator.BehaviourCopier
	require.Equal(t, validator.BehaviourHonest, dishonest.Choose(c).Name())
	c.AllowDishonest = true
	require.Equal(t, validator.BehaviourCopier, dishonest.Choose(c).Name())
}
