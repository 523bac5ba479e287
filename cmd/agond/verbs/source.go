package verbs

import (
	"github.com/spf13/cobra"

	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// source is the part of a position that a verb takes something out of.
type source struct {
	subnet subnettypes.Subnet
	behind candidate
	// ask is what the chain is asked for, 0 for all; alpha how much that is now, of the whole position. Base units of the token, nagon at
	// the root.
	ask, alpha, position uint64
}

// openSource opens a session and finds the part of the signer's position that the argument, --subnet and --validator name.
func openSource(cmd *cobra.Command, much string) (*session, source, error) {
	which, _ := cmd.Flags().GetString(flagSubnet)
	want := unitAlpha
	if isRoot(which) {
		want = unitAgon
	}
	part, err := parseShare(much, want)
	if err != nil {
		return nil, source{}, err
	}
	s, err := openSigner(cmd)
	if err != nil {
		return nil, source{}, err
	}
	var from source
	if from.subnet, err = s.place(which); err != nil {
		return nil, source{}, err
	}
	who, _ := cmd.Flags().GetString(flagValidator)
	position, behind, err := s.position(from.subnet.Netuid, who)
	if err != nil {
		return nil, source{}, err
	}
	from.behind, from.position = behind, position.Alpha
	from.ask, from.alpha, err = part.of(position.Alpha)
	return s, from, err
}

// line says how much is taken.
func (f source) line(label string) field {
	text := counted(f.alpha, f.subnet.Netuid) + " of " + plain(f.position)
	if f.ask == 0 {
		text = "all: " + counted(f.alpha, f.subnet.Netuid)
	}
	return field{"quoted_alpha", base(f.alpha), label, text}
}
