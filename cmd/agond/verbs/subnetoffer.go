package verbs

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/chain"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

const (
	flagFor = "for"
	// offerFor is how many blocks an offer stands unless something else is said.
	offerFor = 14_400
)

func subnetOfferCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "offer SUBNET --to ACCOUNT [--for BLOCKS]",
		Short: "Offer your subnet to another account, or take the offer back",
		Long: `Offer your subnet to another account, an address or a key of the keyring. Nothing changes until it accepts (agond subnet accept); from then on it
is the owner and receives the owner's part. An offer stands for so many blocks, and takes the place of an earlier one; --cancel takes
it back.`,
		Example: `agond subnet offer 3 --to agon1... --for 14400
agond subnet offer LANG --to buyer --from owner --yes
agond subnet offer 3 --cancel`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			who, _ := cmd.Flags().GetString(flagTo)
			cancel, _ := cmd.Flags().GetBool(flagCancel)
			if who == "" && !cancel {
				return errors.New("say who may have it with --to ADDRESS or KEY")
			}
			s, subnet, err := openOwned(cmd, args[0])
			if err != nil {
				return err
			}
			prepare := s.planOffer
			if cancel {
				prepare = s.planWithdrawOffer
			}
			p, err := prepare(subnet)
			if err != nil {
				return err
			}
			return s.carryOut(p)
		},
		ValidArgsFunction: firstIsSubnet,
	}
	signFlags(cmd)
	cmd.Flags().String(flagTo, "", "who may have it: an address or a key of the keyring")
	completeKey(cmd, flagTo)
	cmd.Flags().Uint64(flagFor, offerFor, "how many blocks the offer stands, at most 1000000")
	cmd.Flags().Bool(flagCancel, false, "take the offer back")
	cmd.MarkFlagsMutuallyExclusive(flagTo, flagCancel)
	cmd.MarkFlagsMutuallyExclusive(flagFor, flagCancel)
	return cmd
}

func (s *session) planOffer(subnet subnettypes.Subnet) (plan, error) {
	who, _ := s.cmd.Flags().GetString(flagTo)
	to, err := s.account(who)
	if err != nil {
		return plan{}, fmt.Errorf("--%s: %w", flagTo, err)
	}
	blocks, _ := s.cmd.Flags().GetUint64(flagFor)
	if blocks == 0 || blocks > subnettypes.MaxOfferBlocks {
		return plan{}, fmt.Errorf("--%s is %d, want 1 to %d blocks", flagFor, blocks, subnettypes.MaxOfferBlocks)
	}
	height, err := s.height(s.cmd.Context())
	if err != nil {
		return plan{}, err
	}
	msg := &subnettypes.MsgOfferOwnership{
		Owner: s.ctx.FromAddress.String(), Netuid: subnet.Netuid, NewOwner: to.String(), ExpiresAt: height + int64(blocks),
	}
	return plan{
		verb: "subnet offer", msg: msg, warn: "once it is accepted, the subnet is theirs for good",
		about: sheet{
			s.signerLine("owner"), subnetLine(subnet),
			{"new_owner", msg.NewOwner, "to", msg.NewOwner},
			{"expires_at", msg.ExpiresAt, "until", fmt.Sprintf("block %d, for %d blocks", msg.ExpiresAt, blocks)},
		},
		outcome: func(chain.TxResult) (sheet, error) { return nil, nil },
	}, nil
}

// offer of a subnet that stands; the error is errNobody without one.
func (s *session) offer(netuid uint32) (subnettypes.OwnershipOffer, error) {
	r, err := s.subnets().OwnershipOffer(s.cmd.Context(), &subnettypes.QueryOwnershipOfferRequest{Netuid: netuid})
	if chain.NotFound(err) {
		return subnettypes.OwnershipOffer{}, fmt.Errorf("offer of subnet %d: %w; its owner makes one with agond subnet offer", netuid, errNobody)
	}
	if err != nil {
		return subnettypes.OwnershipOffer{}, err
	}
	return r.Offer, nil
}

// offered are the lines of an offer.
func offered(o subnettypes.OwnershipOffer) sheet {
	return sheet{
		{"new_owner", o.NewOwner, "offered to", o.NewOwner},
		{"expires_at", o.ExpiresAt, "until", fmt.Sprintf("block %d", o.ExpiresAt)},
	}
}

func (s *session) planWithdrawOffer(subnet subnettypes.Subnet) (plan, error) {
	o, err := s.offer(subnet.Netuid)
	if err != nil {
		return plan{}, err
	}
	return plan{
		verb: "subnet offer --cancel", msg: &subnettypes.MsgCancelOwnershipOffer{Owner: s.ctx.FromAddress.String(), Netuid: subnet.Netuid},
		about:   append(sheet{s.signerLine("owner"), subnetLine(subnet)}, offered(o)...),
		outcome: func(chain.TxResult) (sheet, error) { return nil, nil },
	}, nil
}

func subnetAcceptCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "accept SUBNET",
		Short:   "Accept a subnet that is offered to you",
		Long:    "Accept a subnet that its owner offers to the account that signs, which is its owner from then on. Rules that the old owner has announced are void.",
		Example: "agond subnet accept 3 --from buyer --dry-run\nagond subnet accept LANG --from buyer --yes",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, subnet, err := openOwned(cmd, args[0])
			if err != nil {
				return err
			}
			o, err := s.offer(subnet.Netuid)
			if err != nil {
				return err
			}
			about := append(sheet{s.signerLine("new owner"), subnetLine(subnet), {"old_owner", subnet.Owner, "old owner", subnet.Owner}}, offered(o)...)
			return s.carryOut(plan{
				verb: "subnet accept", msg: &subnettypes.MsgAcceptOwnership{NewOwner: s.ctx.FromAddress.String(), Netuid: subnet.Netuid},
				about: about, outcome: func(chain.TxResult) (sheet, error) { return nil, nil },
			})
		},
		ValidArgsFunction: firstIsSubnet,
	}
	return signFlags(cmd)
}
