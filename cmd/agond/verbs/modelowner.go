package verbs

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/chain"
	modeltypes "github.com/agon-chain/agon/x/model/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

func modelDeprecateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "deprecate NAME@NUMBER --reason TEXT [--successor NAME@NUMBER]",
		Short:   "Say that a version should not be used any more; for good",
		Example: "agond model deprecate tiny-stories@1 --reason 'wrong tokenizer' --successor tiny-stories@2 --from alice --yes",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			name, number, err := wantVersion(args[0])
			if err != nil {
				return err
			}
			s, err := openSigner(cmd)
			if err != nil {
				return err
			}
			msg := &modeltypes.MsgDeprecateVersion{Owner: s.ctx.FromAddress.String(), Model: name, Version: number}
			msg.Reason, _ = cmd.Flags().GetString("reason")
			about := sheet{s.signerLine("owner"), {"version", args[0], "version", args[0]}, {"reason", msg.Reason, "reason", msg.Reason}}
			if successor, _ := cmd.Flags().GetString("successor"); successor != "" {
				if msg.SuccessorModel, msg.SuccessorVersion, err = wantVersion(successor); err != nil {
					return err
				}
				about = append(about, field{"successor", successor, "successor", successor})
			}
			return s.carryOut(plan{
				verb: "model deprecate", msg: msg, about: about, warn: "this cannot be taken back; nobody binds to it any more, who is bound stays bound",
				outcome: func(chain.TxResult) (sheet, error) { return nil, nil },
			})
		},
	}
	signFlags(cmd)
	cmd.Flags().String("reason", "", "why, 1 to 256 bytes (required)")
	cmd.Flags().String("successor", "", "the version to use instead")
	_ = cmd.MarkFlagRequired("reason")
	return cmd
}

func modelTransferCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "transfer NAME (--to ACCOUNT [--for BLOCKS] | --cancel)",
		Short: "Offer your model to another account, or take the offer back",
		Long: `Offer your model to another account, an address or a key of the keyring. Nothing changes until it accepts (agond model accept). An offer stands for so many blocks, and takes the
place of an earlier one; --cancel takes it back.`,
		Example: "agond model transfer tiny-stories --to bob --from alice --yes\nagond model transfer tiny-stories --cancel --from alice",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := modeltypes.CheckName("name", args[0]); err != nil {
				return err
			}
			who, _ := cmd.Flags().GetString(flagTo)
			cancel, _ := cmd.Flags().GetBool(flagCancel)
			if who == "" && !cancel {
				return errors.New("say who may have it with --to ADDRESS or KEY")
			}
			s, err := openSigner(cmd)
			if err != nil {
				return err
			}
			about := sheet{s.signerLine("owner"), {"model", args[0], "model", args[0]}}
			if cancel {
				return s.carryOut(plan{
					verb: "model transfer --cancel", msg: &modeltypes.MsgCancelModelOffer{Owner: s.ctx.FromAddress.String(), Model: args[0]}, about: about,
					outcome: func(chain.TxResult) (sheet, error) { return nil, nil },
				})
			}
			to, err := s.account(who)
			if err != nil {
				return fmt.Errorf("--%s: %w", flagTo, err)
			}
			blocks, _ := cmd.Flags().GetUint64(flagFor)
			if blocks == 0 || blocks > subnettypes.MaxOfferBlocks {
				return fmt.Errorf("--%s is %d, want 1 to %d blocks", flagFor, blocks, subnettypes.MaxOfferBlocks)
			}
			now, err := s.height(cmd.Context())
			if err != nil {
				return err
			}
			msg := &modeltypes.MsgOfferModel{Owner: s.ctx.FromAddress.String(), Model: args[0], NewOwner: to.String(), ExpiresAt: now + int64(blocks)}
			return s.carryOut(plan{
				verb: "model transfer", msg: msg, warn: "once it is accepted, the model is theirs for good",
				about: append(about, field{"new_owner", msg.NewOwner, "to", msg.NewOwner},
					field{"expires_at", msg.ExpiresAt, "until", fmt.Sprintf("block %d, for %d blocks", msg.ExpiresAt, blocks)}),
				outcome: func(chain.TxResult) (sheet, error) { return nil, nil },
			})
		},
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

func modelAcceptCommand() *cobra.Command {
	return signFlags(&cobra.Command{
		Use:     "accept NAME",
		Short:   "Accept a model that is offered to you",
		Example: "agond model accept tiny-stories --from bob --dry-run\nagond model accept tiny-stories --from bob --yes",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := modeltypes.CheckName("name", args[0]); err != nil {
				return err
			}
			s, err := openSigner(cmd)
			if err != nil {
				return err
			}
			r, err := s.models().Model(cmd.Context(), &modeltypes.QueryModelRequest{Model: args[0]})
			if err != nil {
				return err
			}
			if r.Offer == nil {
				return fmt.Errorf("offer of model %s: %w; its owner makes one with agond model transfer", args[0], errNobody)
			}
			return s.carryOut(plan{
				verb: "model accept", msg: &modeltypes.MsgAcceptModel{NewOwner: s.ctx.FromAddress.String(), Model: args[0]},
				about: sheet{
					s.signerLine("new owner"),
					{"model", args[0], "model", args[0]},
					{"old_owner", r.Model.Owner, "old owner", r.Model.Owner},
					{"new_owner", r.Offer.NewOwner, "offered to", r.Offer.NewOwner},
					{"expires_at", r.Offer.ExpiresAt, "until", fmt.Sprintf("block %d", r.Offer.ExpiresAt)},
				},
				outcome: func(chain.TxResult) (sheet, error) { return nil, nil },
			})
		},
	})
}
