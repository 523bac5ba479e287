package verbs

import (
	"errors"
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	disputetypes "github.com/agon-chain/agon/x/dispute/types"
)

func TestParseCaseAndVerdict(t *testing.T) {
	id, err := parseCase("12")
	require.NoError(t, err)
	require.EqualValues(t, 12, id)
	for _, text := range []string{"", "0", "-1", "x", "1.5"} {
		_, err := parseCase(text)
		require.ErrorContains(t, err, "agond dispute list", text)
	}
	for text, want := range map[string]disputetypes.Verdict{
		"guilty": disputetypes.Verdict_VERDICT_GUILTY, "not-guilty": disputetypes.Verdict_VERDICT_NOT_GUILTY, "cannot-tell": disputetypes.Verdict_VERDICT_CANNOT_TELL,
	} {
		v, err := parseVerdict(text)
		require.NoError(t, err)
		require.Equal(t, want, v)
	}
	for _, text := range []string{"", "GUILTY", "unspecified", "maybe"} {
		_, err := parseVerdict(text)
		require.ErrorContains(t, err, "want guilty, not-guilty or cannot-tell", text)
	}
}

// What is promised is in a file before it is sent, which is never written over, and gives the hash that the chain takes.
func TestAVoteIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "votes", "4.json")
	_, err := readVote(path)
	require.True(t, errors.Is(err, fs.ErrNotExist))
	v := keptVote{
		Case: 4, Hotkey: "agon1qyqszqgpqyqszqgpqyqszqgpqyqszqgp8apuk5", Verdict: disputetypes.Verdict_VERDICT_GUILTY, Evidence: make([]byte, 32), Salt: make([]byte, 32),
	}
	require.NoError(t, v.keep(path))
	back, err := readVote(path)
	require.NoError(t, err)
	require.Equal(t, v, back)
	other := v
	other.Verdict = disputetypes.Verdict_VERDICT_NOT_GUILTY
	require.ErrorIs(t, other.keep(path), fs.ErrExist)
	v.Hotkey = "nobody"
	_, err = v.hash()
	require.ErrorContains(t, err, "hotkey of the vote")
}

func TestACaseInShort(t *testing.T) {
	c := disputetypes.Case{
		Id: 3, Netuid: 2, Status: disputetypes.CaseStatus_CASE_STATUS_GUILTY, Held: 100, Evidence: []byte{0xab},
		Outcome: &disputetypes.Outcome{Burned: 40, Pooled: 60},
	}
	line := shortCase(c)
	require.Equal(t, "guilty", line.Status)
	require.EqualValues(t, 100, line.Slashed)
	require.Equal(t, "ab", line.Evidence)
	require.Contains(t, docket{Cases: []caseLine{line}}.text(), "guilty")
	require.Contains(t, shownCase{caseLine: line, Bench: []judgeLine{{Hotkey: "agon1judge", Promised: true}}}.text(), "agon1judge")
}
