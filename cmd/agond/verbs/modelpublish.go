package verbs

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/x/model/content"
	modeltypes "github.com/agon-chain/agon/x/model/types"
)

const (
	flagReserve = "reserve"
	flagSalt    = "salt"
)

func modelPublishCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "publish (--dir DIR | --file FILE) --name NAME --architecture A --quantization Q --engine E --context TOKENS --licence L",
		Short: "Publish a version of a model, pinned by the root of its files",
		Long: `Publish a version of a model. The files are hashed here and stay here: the chain keeps their names, sizes and roots. A name that nobody has is taken first, in
the same transaction. Versions are numbered from 1, never change and are never deleted.

Who sees a publication before it is in a block can publish the same root first. --reserve claims the root without showing it and prints a salt; a block later, publish with --salt.`,
		Example: `agond model publish --file tiny.gguf --name tiny-stories --architecture llama --quantization f32 --engine llama.cpp --context 512 --licence MIT --from alice --dry-run
agond model publish --dir models/tiny --name tiny-tuned --parent tiny-stories@1=20% --architecture llama --quantization q8_0 --engine llama.cpp --context 512 --licence MIT --from alice
agond model publish --file tiny.gguf --name tiny-stories --reserve --from alice`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := openSigner(cmd)
			if err != nil {
				return err
			}
			name, _ := cmd.Flags().GetString("name")
			if err := modeltypes.CheckName("--name", name); err != nil {
				return err
			}
			files, err := s.found()
			if err != nil {
				return err
			}
			list, err := s.hashed(files)
			if err != nil {
				return err
			}
			root, err := content.Root(list)
			if err != nil {
				return err
			}
			prepare := s.planPublish
			if reserve, _ := cmd.Flags().GetBool(flagReserve); reserve {
				prepare = s.planReserve
			}
			p, err := prepare(name, list, root)
			if err != nil {
				return err
			}
			return s.carryOut(p)
		},
	}
	signFlags(cmd)
	fileFlags(cmd)
	f := cmd.Flags()
	f.String("name", "", "the model, 3 to 48 of a-z, 0-9 and '-' (required)")
	f.String("about", "", "what the model is, where the name is taken now")
	f.String("architecture", "", "such as llama")
	f.String("quantization", "", "such as bf16 or q8_0")
	f.String("engine", "", "the class of engines that run it, such as llama.cpp or vllm")
	f.Uint32("context", 0, "context length in tokens")
	f.String("licence", "", "SPDX identifier such as Apache-2.0, or LicenseRef-NAME")
	f.String("tokenizer", "", "file whose SHA-256 is published as the tokenizer's")
	f.String("template", "", "file whose SHA-256 is published as the chat template's")
	f.StringArray("parent", nil, "a version that it was made from with its share in the lineage, NAME@NUMBER=20%; can be given several times")
	f.Bool(flagReserve, false, "claim the root without showing it, and print a salt to publish with")
	f.String(flagSalt, "", "salt of a reservation, in hex")
	cmd.MarkFlagsMutuallyExclusive(flagReserve, flagSalt)
	_ = cmd.MarkFlagRequired("name")
	return cmd
}

// parseParent reads NAME@NUMBER=20%; without a share it is none.
func parseParent(text string) (modeltypes.Parent, error) {
	which, part, has := strings.Cut(text, "=")
	name, number, err := wantVersion(which)
	if err != nil {
		return modeltypes.Parent{}, err
	}
	p := modeltypes.Parent{Model: name, Version: number}
	if has {
		points, err := parsePercent(part)
		if err != nil {
			return p, fmt.Errorf("parent %q: %w", text, err)
		}
		p.ShareBps = uint32(points)
	}
	return p, nil
}

func (s *session) describe() (d modeltypes.Description, err error) {
	f := s.cmd.Flags()
	d.Architecture, _ = f.GetString("architecture")
	d.Quantization, _ = f.GetString("quantization")
	d.Engine, _ = f.GetString("engine")
	d.ContextLength, _ = f.GetUint32("context")
	d.Licence, _ = f.GetString("licence")
	for _, one := range []struct {
		flag string
		into *[]byte
	}{{"tokenizer", &d.TokenizerHash}, {"template", &d.TemplateHash}} {
		name, _ := f.GetString(one.flag)
		if *one.into, err = hashOf(name); err != nil {
			return d, fmt.Errorf("--%s: %w", one.flag, err)
		}
	}
	return d, d.Validate()
}

func (s *session) planPublish(name string, files []content.File, root content.Hash) (plan, error) {
	owner := s.ctx.FromAddress.String()
	msg := &modeltypes.MsgPublishVersion{Owner: owner, Model: name, Root: root[:], Files: modeltypes.Stored(files)}
	var err error
	if msg.Description, err = s.describe(); err != nil {
		return plan{}, err
	}
	parents, _ := s.cmd.Flags().GetStringArray("parent")
	for _, text := range parents {
		p, err := parseParent(text)
		if err != nil {
			return plan{}, err
		}
		msg.Parents = append(msg.Parents, p)
	}
	salt, _ := s.cmd.Flags().GetString(flagSalt)
	if msg.Salt, err = hex.DecodeString(salt); err != nil {
		return plan{}, fmt.Errorf("--%s: %w", flagSalt, err)
	}
	params, err := s.models().Params(s.cmd.Context(), &modeltypes.QueryParamsRequest{})
	if err != nil {
		return plan{}, err
	}
	msgs, fee := []sdk.Msg{msg}, params.Params.VersionFee
	_, err = s.models().Model(s.cmd.Context(), &modeltypes.QueryModelRequest{Model: name})
	switch {
	case chain.NotFound(err):
		about, _ := s.cmd.Flags().GetString("about")
		msgs = []sdk.Msg{&modeltypes.MsgCreateModel{Owner: owner, Name: name, About: about}, msg}
		fee += params.Params.ModelFee
	case err != nil:
		return plan{}, err
	}
	p := plan{
		verb: "model publish", msg: msgs[0], also: msgs[1:],
		about: append(sheet{s.signerLine("owner"), {"model", name, "model", name}}, contentLines(files, root)...),
		expect: sheet{
			{"licence", msg.Description.Licence, "licence", msg.Description.Licence},
			{"burned", base(fee), "you pay", agon(fee) + ", which is burned"},
		},
		outcome: func(result chain.TxResult) (sheet, error) {
			var r modeltypes.MsgPublishVersionResponse
			if err := chain.Response(result, len(msgs)-1, &r); err != nil {
				return nil, err
			}
			label := modeltypes.Label(name, r.Version)
			out := sheet{{"version", label, "version", label}, {"version_id", base(r.VersionId), "", ""}}
			if r.CopyOf != 0 {
				out = append(out, field{"copy_of", base(r.CopyOf), "look here", "somebody published this root or these weights before: agond model show " + label})
			}
			return out, nil
		},
	}
	known, err := s.models().VersionByRoot(s.cmd.Context(), &modeltypes.QueryVersionByRootRequest{Root: hex.EncodeToString(root[:])})
	if err == nil {
		p.warn = "this root was published before as " + known.Info.Version.Name() + ": it will be shown as a copy"
	} else if !chain.NotFound(err) {
		return plan{}, err
	}
	return p, nil
}

func contentLines(files []content.File, root content.Hash) sheet {
	return sheet{
		{"root", hex.EncodeToString(root[:]), "root", hex.EncodeToString(root[:])},
		{"size", base(content.Size(files)), "size", fmt.Sprintf("%s in %d files", size(content.Size(files)), len(files))},
	}
}

func (s *session) planReserve(name string, files []content.File, root content.Hash) (plan, error) {
	salt := make([]byte, 32)
	if _, err := rand.Read(salt); err != nil {
		return plan{}, err
	}
	hash := content.ReserveHash(s.ctx.FromAddress, root, salt)
	return plan{
		verb: "model publish --reserve", msg: &modeltypes.MsgReserveRoot{Owner: s.ctx.FromAddress.String(), Hash: hash[:]},
		about: append(sheet{s.signerLine("owner"), {"model", name, "model", name}}, contentLines(files, root)...),
		outcome: func(result chain.TxResult) (sheet, error) {
			var r modeltypes.MsgReserveRootResponse
			err := chain.Response(result, 0, &r)
			return sheet{
				{"salt", hex.EncodeToString(salt), "publish with", "--salt " + hex.EncodeToString(salt)},
				{"expires_at", r.ExpiresAt, "until", fmt.Sprintf("block %d", r.ExpiresAt)},
			}, err
		},
	}, nil
}
