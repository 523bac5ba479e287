package verbs

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	staketypes "github.com/agon-chain/agon/x/stake/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// rootName is how the root is named where stake has a place: --subnet root. A subnet that calls itself so is named by its number, so that
// nobody is led into one by a name.
const rootName = "root"

// errRoot says that the root has no such thing.
var errRoot = errors.New("the root is no subnet")

// isRoot says whether an argument names the root.
func isRoot(which string) bool {
	return which == "0" || strings.EqualFold(which, rootName)
}

// place is where stake can be: a subnet, or the root, which stands as netuid 0.
func (s *session) place(which string) (subnettypes.Subnet, error) {
	if isRoot(which) {
		return subnettypes.Subnet{Netuid: staketypes.RootNetuid, Symbol: "AGON", Identity: subnettypes.SubnetIdentity{Name: rootName}}, nil
	}
	return s.subnet(which)
}

// unitOf is what stake in a place is counted in.
func unitOf(netuid uint32) unit {
	if netuid == staketypes.RootNetuid {
		return unitAgon
	}
	return unitAlpha
}

// word is the unit behind a number.
func (u unit) word() string { return [...]string{"AGON", "alpha"}[u] }

// counted is an amount of stake in a place, in words.
func counted(v uint64, netuid uint32) string { return plain(v) + " " + unitOf(netuid).word() }

// flagged is the place that --subnet names.
func (s *session) flagged(flag string) (subnettypes.Subnet, error) {
	which, _ := s.cmd.Flags().GetString(flag)
	return s.place(which)
}

// completePlace offers the root and all subnets.
func completePlace(cmd *cobra.Command, flag string) {
	// The only error is a flag that does not exist.
	_ = cmd.RegisterFlagCompletionFunc(flag, func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		return placeChoices(cmd), cobra.ShellCompDirectiveNoFileComp
	})
}

func placeChoices(cmd *cobra.Command) []string {
	return append([]string{rootName + "\tAGON itself, in every subnet"}, subnetChoices(cmd)...)
}

// backers are whom a name may mean in a place: who holds a uid in a subnet, or who has a seat at the root.
func (s *session) backers(netuid uint32) ([]candidate, error) {
	if netuid != staketypes.RootNetuid {
		m, err := s.metagraph(netuid)
		if err != nil {
			return nil, err
		}
		return neurons(m), nil
	}
	r, err := s.stake().RootSeats(s.cmd.Context(), &staketypes.QueryRootSeatsRequest{})
	if err != nil {
		return nil, err
	}
	out := make([]candidate, len(r.Seats))
	for i, seat := range r.Seats {
		// A seat changes hands for stake, so that its number names nobody.
		out[i] = candidate{UID: noUID, Hotkey: seat.Hotkey}
	}
	return out, nil
}

// seatless is a hotkey without a seat that the root may give one to: an address, or a key of the keyring.
func (s *session) seatless(who string) (candidate, error) {
	address, err := s.account(who)
	if err != nil {
		return candidate{}, fmt.Errorf("%q at the root: %w among the seats; agond validators root lists them, who has none yet is named by hotkey (agon1...) or key", who, errNobody)
	}
	one := []candidate{{UID: noUID, Hotkey: address.String()}}
	err = s.name(one)
	return one[0], err
}
