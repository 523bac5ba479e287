package validator_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/validator"
	"github.com/agon-chain/agon/x/scoring/exam"
)

func openTestStore(t *testing.T, path string) *validator.Store {
	s, err := validator.OpenStore(path, validator.Self{ChainID: testChain, Netuid: testNetuid, Hotkey: address("judge")})
	require.NoError(t, err)
	return s
}

func TestStoreIsOneValidatorsAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "v.db")
	s := openTestStore(t, path)
	seed := s.Seed()
	require.NotEqual(t, [32]byte{}, seed)
	_, err := validator.OpenStore(path, validator.Self{ChainID: testChain, Netuid: testNetuid, Hotkey: address("judge")})
	require.ErrorIs(t, err, validator.ErrStoreBusy)
	require.NoError(t, s.Close())
	for name, self := range map[string]validator.Self{
		"chain":     {ChainID: "agon-other-1", Netuid: testNetuid, Hotkey: address("judge")},
		"netuid":    {ChainID: testChain, Netuid: testNetuid + 1, Hotkey: address("judge")},
		"hotkey":    {ChainID: testChain, Netuid: testNetuid, Hotkey: address("another")},
		"mechanism": {ChainID: testChain, Netuid: testNetuid, Mechanism: 1, Hotkey: address("judge")},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := validator.OpenStore(path, self)
			require.ErrorIs(t, err, validator.ErrStoreForeign)
		})
	}
	s = openTestStore(t, path)
	require.Equal(t, seed, s.Seed())
	require.NoError(t, s.Close())
}

func TestRoundNumbersNeverRepeat(t *testing.T) {
	path := filepath.Join(t.TempDir(), "v.db")
	seen := map[uint64]bool{}
	for range 3 {
		s := openTestStore(t, path)
		for range 4 {
			n, err := s.NextRound()
			require.NoError(t, err)
			require.False(t, seen[n], "round %d came twice", n)
			seen[n] = true
		}
		require.NoError(t, s.Close())
	}
}

func TestSecondCommitOfAnEpochIsRefused(t *testing.T) {
	s := openTestStore(t, filepath.Join(t.TempDir(), "v.db"))
	defer s.Close()
	first := validator.CommitRecord{Epoch: 4, Hash: []byte{1}, Status: validator.Prepared}
	require.NoError(t, s.PutCommit(first, [][]byte{{7}, {8}}))
	require.ErrorIs(t, s.PutCommit(validator.CommitRecord{Epoch: 4, Hash: []byte{2}}, [][]byte{{9}}), validator.ErrCommitExists)
	require.NoError(t, s.MarkCommit(4, validator.Committed, 17, ""))
	records, err := s.Commits()
	require.NoError(t, err)
	first.Status, first.Height = validator.Committed, 17
	require.Equal(t, []validator.CommitRecord{first}, records)
	leaves, err := s.TreeLeaves(4)
	require.NoError(t, err)
	require.Equal(t, [][]byte{{7}, {8}}, leaves)
}

func TestReceiptsStayAndUidsDoNotPassThemOn(t *testing.T) {
	b := newBench(t)
	first, second := b.leaf(0, 1, 3), b.leaf(0, 1, 3)
	require.NotEqual(t, first.Nonce, second.Nonce)
	holds := func(want exam.Leaf) {
		leaves, err := b.store.Leaves(3)
		require.NoError(t, err)
		require.Len(t, leaves, 1)
		require.Equal(t, want.Nonce, leaves[0].Leaf.Nonce)
	}
	require.NoError(t, b.store.AddAnswer(3, nil, validator.LeafOf(first, 1)))
	require.NoError(t, b.store.AddAnswer(3, nil, validator.LeafOf(second, 1)))
	holds(first)
	require.NoError(t, b.store.AddAnswer(3, nil, validator.LeafOf(second, 50)))
	holds(second)
}

func TestPruneKeepsWhatCanBeRevealed(t *testing.T) {
	b := newBench(t)
	for epoch := uint64(3); epoch < 7; epoch++ {
		require.NoError(t, b.store.AddAnswer(epoch, nil, validator.LeafOf(b.leaf(0, 0, epoch), 1)))
		require.NoError(t, b.store.PutCommit(validator.CommitRecord{Epoch: epoch}, [][]byte{{byte(epoch)}}))
	}
	require.NoError(t, b.store.Prune(6))
	for epoch, want := range map[uint64]int{3: 0, 4: 0, 5: 1, 6: 1} {
		leaves, err := b.store.Leaves(epoch)
		require.NoError(t, err)
		require.Len(t, leaves, want, epoch)
		tree, err := b.store.TreeLeaves(epoch)
		require.NoError(t, err)
		require.Len(t, tree, want, epoch)
	}
	records, err := b.store.Commits()
	require.NoError(t, err)
	require.Len(t, records, 4, "the history of commits is kept longer")
}

func TestAnswersOfARoundAreForgottenWithIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "v.db")
	s := openTestStore(t, path)
	q := task.Question{ID: "q1", Miner: "m"}
	require.NoError(t, s.BeginRound(validator.RoundPlan{Number: 1, Questions: []task.Question{q}}, []byte("{}")))
	require.NoError(t, s.AddAnswer(0, &task.Result{Question: q}, nil))
	require.NoError(t, s.Close())
	s = openTestStore(t, path)
	defer s.Close()
	plan, results, err := s.PendingRound()
	require.NoError(t, err)
	require.EqualValues(t, 1, plan.Number)
	require.Len(t, results, 1)
	require.NoError(t, s.FinishRound([]byte("x"), []byte("b"), nil))
	plan, _, err = s.PendingRound()
	require.NoError(t, err)
	require.Nil(t, plan)
	examiner, book, err := s.Scores()
	require.NoError(t, err)
	require.Equal(t, "x", string(examiner))
	require.Equal(t, "b", string(book))
}
