package directory

import (
	"testing"

	"github.com/stretchr/testify/require"

	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

func TestReplayedWhereVersionsArePinned(t *testing.T) {
	for name, tc := range map[string]struct {
		kind, params string
		want         bool
	}{
		"pinned":          {"chat", `{"models":[{"pin":"llama@2"}]}`, true},
		"pinned-attested": {"chat", `{"models":[{"pin":"llama@2"}],"attestation":"optional"}`, true},
		"any-model":       {"chat", `{"models":[]}`, false},
		"defaults":        {"chat", ``, false},
		"malformed":       {"chat", `{`, false},
		"another-task":    {"langid", `{"models":[{"pin":"llama@2"}]}`, false},
	} {
		require.Equal(t, tc.want, replayed(subnettypes.Subnet{TaskKind: tc.kind, TaskParams: tc.params}), name)
	}
}
