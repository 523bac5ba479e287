package verbs

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// TestSwapSheetNamesEachOnce: who signs has a line of its own above an announcement's, so the table has it once; the document has both.
func TestSwapSheetNamesEachOnce(t *testing.T) {
	w := subnettypes.OwnerSwap{Owner: "agon1old", NewOwner: "agon1new", AnnouncedAt: 5, ReadyAt: 15}
	for _, signer := range []string{w.Owner, w.NewOwner, ""} {
		lines := swapSheet(w, signer, "from block 15, now")
		shown := lines.table("title")
		for _, who := range []string{w.Owner, w.NewOwner} {
			want := 1
			if who == signer {
				want = 0
			}
			require.Equal(t, want, strings.Count(shown, who), "signed by %q:\n%s", signer, shown)
		}
		require.Equal(t, field{"owner", w.Owner, lines[0].label, w.Owner}, lines[0])
		require.Equal(t, "new_owner", lines[1].name)
		require.Equal(t, w.NewOwner, lines[1].value)
	}
}
