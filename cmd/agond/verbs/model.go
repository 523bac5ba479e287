package verbs

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/types/query"

	modeltypes "github.com/agon-chain/agon/x/model/types"
)

func modelCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "model",
		Short: "Publish models, check their files, and say and prove who serves them",
		Long: `Publish models, check their files, and say and prove who serves them.

A version is named NAME@NUMBER, such as tiny-stories@3. It is pinned by the root of its files, which this machine reckons.`,
		SuggestionsMinimumDistance: 2,
		RunE:                       client.ValidateCmd,
	}
	cmd.AddCommand(modelListCommand(), modelShowCommand(), modelPublishCommand(), modelVerifyCommand(), modelDeprecateCommand(), modelTransferCommand(),
		modelAcceptCommand(), modelBindCommand(), modelUnbindCommand(), modelProveCommand())
	return cmd
}

func (s *session) models() modeltypes.QueryClient { return modeltypes.NewQueryClient(s.ctx) }

// parseVersion reads NAME@NUMBER; number is 0 where only a name is given.
func parseVersion(text string) (name string, number uint32, err error) {
	name, digits, has := strings.Cut(text, "@")
	if has {
		n, err := strconv.ParseUint(digits, 10, 32)
		if err != nil || n == 0 {
			return "", 0, fmt.Errorf("%q: behind @ stands the number of a version, from 1", text)
		}
		number = uint32(n)
	}
	return name, number, modeltypes.CheckName("name", name)
}

// wantVersion is parseVersion where a number has to be given.
func wantVersion(text string) (string, uint32, error) {
	name, number, err := parseVersion(text)
	if err == nil && number == 0 {
		err = fmt.Errorf("%q names no version: write %s@1", text, name)
	}
	return name, number, err
}

// version that an argument names.
func (s *session) version(text string) (modeltypes.VersionInfo, error) {
	name, number, err := wantVersion(text)
	if err != nil {
		return modeltypes.VersionInfo{}, err
	}
	r, err := s.models().Version(s.cmd.Context(), &modeltypes.QueryVersionRequest{Model: name, Version: number})
	if err != nil {
		return modeltypes.VersionInfo{}, err
	}
	return r.Info, nil
}

// published is a version in short. Hashes are in hex.
type published struct {
	Version     string `json:"version"`
	ID          uint64 `json:"id,string"`
	Publisher   string `json:"publisher"`
	Root        string `json:"root"`
	WeightsRoot string `json:"weights_root"`
	Files       uint32 `json:"files"`
	Size        uint64 `json:"size,string"`
	Engine      string `json:"engine"`
	Quantized   string `json:"quantization"`
	Licence     string `json:"licence"`
	Block       int64  `json:"published_at,string"`
	CopyOf      string `json:"copy_of,omitempty"`
	Deprecated  string `json:"deprecated,omitempty"`
}

func shortVersion(i modeltypes.VersionInfo) published {
	v := i.Version
	out := published{
		Version: v.Name(), ID: v.Id, Publisher: v.Publisher, Root: hex.EncodeToString(v.Root), WeightsRoot: hex.EncodeToString(v.WeightsRoot), Files: v.Files, Size: v.Size_,
		Engine: v.Description.Engine, Quantized: v.Description.Quantization, Licence: v.Description.Licence, Block: v.PublishedAt,
	}
	if i.CopyOf != nil {
		out.CopyOf = modeltypes.Label(i.CopyOf.Model, i.CopyOf.Version)
	}
	if d := v.Deprecation; d != nil {
		out.Deprecated = d.Reason
		if d.SuccessorVersion != 0 {
			out.Deprecated += "; use " + modeltypes.Label(d.SuccessorModel, d.SuccessorVersion)
		}
	}
	return out
}

// size of files for people.
func size(bytes uint64) string {
	for i, unit := range []string{"GiB", "MiB", "KiB"} {
		if one := uint64(1) << (30 - 10*i); bytes >= one {
			return fmt.Sprintf("%d.%d %s", bytes/one, bytes%one*10/one, unit)
		}
	}
	return fmt.Sprintf("%d bytes", bytes)
}

// modelLine is one model, with its versions where it alone is asked for.
type modelLine struct {
	Name     string      `json:"name"`
	Owner    string      `json:"owner"`
	About    string      `json:"about"`
	Count    uint32      `json:"version_count"`
	OfferTo  string      `json:"offered_to,omitempty"`
	Versions []published `json:"versions,omitempty"`
}

// catalogue is all models.
type catalogue struct {
	Models []modelLine `json:"models"`
}

func (c catalogue) text() string {
	t := newTable("Models", table.Row{"model", "owner", "versions", "about"}, "model", "owner", "about")
	for _, m := range c.Models {
		about, _, _ := strings.Cut(m.About, "\n")
		t.AppendRow(table.Row{m.Name, m.Owner, m.Count, about})
	}
	return t.Render()
}

func (m modelLine) text() string {
	t := newTable("Versions of "+m.Name, table.Row{"version", "size", "quantization", "engine", "licence", "block", "root", "copy of", "deprecated"},
		"version", "quantization", "engine", "licence", "root", "copy of", "deprecated")
	for _, v := range m.Versions {
		t.AppendRow(table.Row{v.Version, size(v.Size), v.Quantized, v.Engine, v.Licence, v.Block, v.Root[:16] + "…", v.CopyOf, v.Deprecated})
	}
	return catalogue{Models: []modelLine{m}}.text() + "\n" + t.Render()
}

func modelListCommand() *cobra.Command {
	return askFlags(&cobra.Command{
		Use:     "list",
		Short:   "List all models",
		Example: "agond model list\nagond model list --output json | jq -r '.models[].name'",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := open(cmd)
			if err != nil {
				return err
			}
			all := catalogue{Models: []modelLine{}}
			err = pages(func(page *query.PageRequest) (*query.PageResponse, error) {
				r, err := s.models().Models(cmd.Context(), &modeltypes.QueryModelsRequest{Pagination: page})
				if err != nil {
					return nil, err
				}
				for _, m := range r.Models {
					all.Models = append(all.Models, modelLine{Name: m.Name, Owner: m.Owner, About: m.About, Count: m.Versions})
				}
				return r.Pagination, nil
			})
			if err != nil {
				return err
			}
			return s.print(all, all.text)
		},
	})
}

func modelShowCommand() *cobra.Command {
	return askFlags(&cobra.Command{
		Use:     "show NAME[@NUMBER]",
		Short:   "Show a model and its versions, or one version with its files, parents and who serves it",
		Example: "agond model show tiny-stories\nagond model show tiny-stories@3 --output json | jq -r .root",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			name, number, err := parseVersion(args[0])
			if err != nil {
				return err
			}
			s, err := open(cmd)
			if err != nil {
				return err
			}
			if number != 0 {
				return s.showVersion(args[0])
			}
			return s.showModel(name)
		},
	})
}

func (s *session) showModel(name string) error {
	r, err := s.models().Model(s.cmd.Context(), &modeltypes.QueryModelRequest{Model: name})
	if err != nil {
		return err
	}
	m := modelLine{Name: r.Model.Name, Owner: r.Model.Owner, About: r.Model.About, Count: r.Model.Versions, Versions: []published{}}
	if r.Offer != nil {
		m.OfferTo = r.Offer.NewOwner
	}
	err = pages(func(page *query.PageRequest) (*query.PageResponse, error) {
		r, err := s.models().Versions(s.cmd.Context(), &modeltypes.QueryVersionsRequest{Model: name, Pagination: page})
		if err != nil {
			return nil, err
		}
		for _, v := range r.Versions {
			m.Versions = append(m.Versions, shortVersion(v))
		}
		return r.Pagination, nil
	})
	if err != nil {
		return err
	}
	return s.print(m, m.text)
}
