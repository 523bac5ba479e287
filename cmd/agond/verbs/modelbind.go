package verbs

import (
	"fmt"

	"github.com/spf13/cobra"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/x/model/content"
	modeltypes "github.com/agon-chain/agon/x/model/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// bindingVerb is a verb of a hotkey about a version in a subnet; made gives its message, what to expect and what reads the outcome.
func bindingVerb(cmd *cobra.Command, verb string, made func(s *session, n subnettypes.Subnet, name string, number uint32) (plan, error)) *cobra.Command {
	cmd.Args = cobra.ExactArgs(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		name, number, err := wantVersion(args[0])
		if err != nil {
			return err
		}
		s, err := openSigner(cmd)
		if err != nil {
			return err
		}
		which, _ := cmd.Flags().GetString(flagSubnet)
		subnet, err := s.subnet(which)
		if err != nil {
			return err
		}
		p, err := made(s, subnet, name, number)
		if err != nil {
			return err
		}
		p.verb = "model " + verb
		p.about = append(sheet{s.signerLine("hotkey"), subnetLine(subnet), {"version", args[0], "version", args[0]}}, p.about...)
		return s.carryOut(p)
	}
	signFlags(cmd)
	cmd.Flags().String(flagSubnet, "", "the subnet, by number, symbol or name")
	completeSubnet(cmd, flagSubnet)
	return cmd
}

func modelBindCommand() *cobra.Command {
	return bindingVerb(&cobra.Command{
		Use:   "bind NAME@NUMBER --subnet SUBNET",
		Short: "Say that your neuron serves a version; signed by the hotkey",
		Long: `Say that your neuron serves a version. From then on it is asked for chunks of the files at random, and has to give each in time, or the binding ends and cannot be made again for
a while (agond query model params). agond model prove gives a chunk.`,
		Example: "agond model bind tiny-stories@1 --subnet 3 --from hotkey",
	}, "bind", func(s *session, n subnettypes.Subnet, name string, number uint32) (plan, error) {
		r, err := s.models().Params(s.cmd.Context(), &modeltypes.QueryParamsRequest{})
		if err != nil {
			return plan{}, err
		}
		return plan{
			msg: &modeltypes.MsgBindVersion{Hotkey: s.ctx.FromAddress.String(), Netuid: n.Netuid, Model: name, Version: number},
			expect: sheet{
				{"challenge_interval", r.Params.ChallengeInterval, "you are asked", fmt.Sprintf("once in %d blocks on average", r.Params.ChallengeInterval)},
				{"challenge_window", r.Params.ChallengeWindow, "you answer within", blocks(r.Params.ChallengeWindow)},
			},
			outcome: func(result chain.TxResult) (sheet, error) {
				var r modeltypes.MsgBindVersionResponse
				err := chain.Response(result, 0, &r)
				return sheet{{"uid", r.Uid, "uid", fmt.Sprint(r.Uid)}}, err
			},
		}, nil
	})
}

func modelUnbindCommand() *cobra.Command {
	return bindingVerb(&cobra.Command{
		Use:     "unbind NAME@NUMBER --subnet SUBNET",
		Short:   "Say that your neuron does not serve a version any more; signed by the hotkey",
		Example: "agond model unbind tiny-stories@1 --subnet 3 --from hotkey --yes",
	}, "unbind", func(s *session, n subnettypes.Subnet, name string, number uint32) (plan, error) {
		return plan{
			msg: &modeltypes.MsgUnbindVersion{Hotkey: s.ctx.FromAddress.String(), Netuid: n.Netuid, Model: name, Version: number},
			outcome: func(result chain.TxResult) (sheet, error) {
				var r modeltypes.MsgUnbindVersionResponse
				if err := chain.Response(result, 0, &r); err != nil || r.BarredUntil == 0 {
					return nil, err
				}
				return sheet{{"barred_until", r.BarredUntil, "look here", fmt.Sprintf("a challenge was open, which counts as missed: bind again from block %d", r.BarredUntil+1)}}, nil
			},
		}, nil
	})
}

func modelProveCommand() *cobra.Command {
	cmd := bindingVerb(&cobra.Command{
		Use:     "prove NAME@NUMBER --subnet SUBNET (--dir DIR | --file FILE)",
		Short:   "Answer the challenge that is open for your neuron and a version; signed by the hotkey",
		Long:    "Read the chunk that the chain asks your neuron for from the version's files, and give it with its path. The file that it is of is hashed first.",
		Example: "agond model prove tiny-stories@1 --subnet 3 --file tiny.gguf --from hotkey --yes",
	}, "prove", (*session).planProve)
	fileFlags(cmd)
	return cmd
}

func (s *session) planProve(n subnettypes.Subnet, name string, number uint32) (plan, error) {
	b, err := s.asked(n.Netuid, name, number)
	if err != nil {
		return plan{}, err
	}
	files, err := s.found()
	if err != nil {
		return plan{}, err
	}
	proof, err := files.Prove(s.cmd.Context(), b.Asked.Path, b.Asked.Leaf, b.Asked.Chunk)
	if err != nil {
		return plan{}, err
	}
	msg := &modeltypes.MsgAnswerChallenge{
		Hotkey: s.ctx.FromAddress.String(), Netuid: n.Netuid, Model: name, Version: number, Chunk: proof.Chunk,
		ChunkPath: flat(proof.ChunkPath), LeafPath: flat(proof.LeafPath),
	}
	place := fmt.Sprintf("leaf %d, chunk %d of %s", b.Asked.Leaf, b.Asked.Chunk, b.Asked.Path)
	return plan{
		msg:     msg,
		about:   sheet{{"asked", place, "asked for", place}, {"due_at", b.Binding.Challenge.DueAt, "until", fmt.Sprintf("block %d", b.Binding.Challenge.DueAt)}},
		outcome: func(chain.TxResult) (sheet, error) { return nil, nil },
	}, nil
}

// asked is the binding of the hotkey that signs, with its open challenge. The error is errNobody where none is open.
func (s *session) asked(netuid uint32, name string, number uint32) (modeltypes.BindingInfo, error) {
	h, err := s.subnets().Hotkey(s.cmd.Context(), &subnettypes.QueryHotkeyRequest{Hotkey: s.ctx.FromAddress.String()})
	if err != nil {
		return modeltypes.BindingInfo{}, err
	}
	for _, place := range h.Neurons {
		if place.Netuid != netuid {
			continue
		}
		r, err := s.models().BindingsOfNeuron(s.cmd.Context(), &modeltypes.QueryBindingsOfNeuronRequest{Netuid: netuid, Uid: place.Uid})
		if err != nil {
			return modeltypes.BindingInfo{}, err
		}
		for _, b := range r.Bindings {
			if b.Version.Model == name && b.Version.Version == number && b.Asked != nil {
				return b, nil
			}
		}
	}
	return modeltypes.BindingInfo{}, fmt.Errorf("open challenge of %s for %s in subnet %d: %w; nothing is asked now", sdk.AccAddress(s.ctx.FromAddress), modeltypes.Label(name, number), netuid, errNobody)
}

func flat(path []content.Hash) [][]byte {
	out := make([][]byte, len(path))
	for i := range path {
		out[i] = path[i][:]
	}
	return out
}
