package verbs

import (
	"encoding/hex"
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/agon-chain/agon/x/model/content"
	modeltypes "github.com/agon-chain/agon/x/model/types"
)

// shownVersion is all that the chain says of one version.
type shownVersion struct {
	published
	Architecture  string       `json:"architecture"`
	ContextLength uint32       `json:"context_length"`
	TokenizerHash string       `json:"tokenizer_hash,omitempty"`
	TemplateHash  string       `json:"template_hash,omitempty"`
	Parents       []parentLine `json:"parents"`
	FileList      []fileLine   `json:"file_list"`
	ServedBy      []served     `json:"served_by"`
}

type parentLine struct {
	Version  string `json:"version"`
	ShareBps uint32 `json:"share_bps"`
}

type fileLine struct {
	Path string `json:"path"`
	Size uint64 `json:"size,string"`
	Root string `json:"root"`
}

// served is a neuron that is bound to a version. ProvenAt is the block of its last answer, 0 for none; DueAt that of an open challenge.
type served struct {
	Netuid   uint32 `json:"netuid"`
	UID      uint32 `json:"uid"`
	Hotkey   string `json:"hotkey"`
	BoundAt  int64  `json:"bound_at,string"`
	ProvenAt int64  `json:"proven_at,string"`
	DueAt    int64  `json:"due_at,string"`
}

func (s *session) showVersion(which string) error {
	info, err := s.version(which)
	if err != nil {
		return err
	}
	v := info.Version
	out := shownVersion{
		published: shortVersion(info), Architecture: v.Description.Architecture, ContextLength: v.Description.ContextLength,
		TokenizerHash: hex.EncodeToString(v.Description.TokenizerHash), TemplateHash: hex.EncodeToString(v.Description.TemplateHash),
		Parents: []parentLine{}, FileList: []fileLine{}, ServedBy: []served{},
	}
	for _, p := range v.Parents {
		out.Parents = append(out.Parents, parentLine{modeltypes.Label(p.Model, p.Version), p.ShareBps})
	}
	files, err := s.filesOf(v)
	if err != nil {
		return err
	}
	for _, f := range files {
		out.FileList = append(out.FileList, fileLine{f.Path, f.Size, hex.EncodeToString(f.Root[:])})
	}
	err = pages(func(page *query.PageRequest) (*query.PageResponse, error) {
		r, err := s.models().BindingsOfVersion(s.cmd.Context(), &modeltypes.QueryBindingsOfVersionRequest{Model: v.Model, Version: v.Number, Pagination: page})
		if err != nil {
			return nil, err
		}
		for _, b := range r.Bindings {
			one := served{b.Binding.Netuid, b.Binding.Uid, b.Binding.Hotkey, b.Binding.BoundAt, b.Binding.ProvenAt, 0}
			if c := b.Binding.Challenge; c != nil {
				one.DueAt = c.DueAt
			}
			out.ServedBy = append(out.ServedBy, one)
		}
		return r.Pagination, nil
	})
	if err != nil {
		return err
	}
	return s.print(out, out.text)
}

// filesOf a version, held against its root: what a node says of them is either what was published or refused.
func (s *session) filesOf(v modeltypes.Version) ([]content.File, error) {
	var all []modeltypes.File
	err := pages(func(page *query.PageRequest) (*query.PageResponse, error) {
		r, err := s.models().Files(s.cmd.Context(), &modeltypes.QueryFilesRequest{Model: v.Model, Version: v.Number, Pagination: page})
		if err != nil {
			return nil, err
		}
		all = append(all, r.Files...)
		return r.Pagination, nil
	})
	if err != nil {
		return nil, err
	}
	files, err := modeltypes.Content(all)
	if err != nil {
		return nil, err
	}
	root, err := content.Root(files)
	if err != nil {
		return nil, err
	}
	if string(root[:]) != string(v.Root) {
		return nil, fmt.Errorf("the node lists files of root %x for %s, whose root is %x: ask another node", root, v.Name(), v.Root)
	}
	return files, nil
}

func (v shownVersion) text() string {
	lines := sheet{
		{"", nil, "publisher", v.Publisher},
		{"", nil, "root", v.Root},
		{"", nil, "size", fmt.Sprintf("%s in %d files", size(v.Size), v.Files)},
		{"", nil, "architecture", v.Architecture},
		{"", nil, "quantization", v.Quantized},
		{"", nil, "engine", v.Engine},
		{"", nil, "context", fmt.Sprintf("%d tokens", v.ContextLength)},
		{"", nil, "licence", v.Licence},
		{"", nil, "block", fmt.Sprint(v.Block)},
	}
	if v.CopyOf != "" {
		lines = append(lines, field{"", nil, "copy of", v.CopyOf})
	}
	if v.Deprecated != "" {
		lines = append(lines, field{"", nil, "deprecated", v.Deprecated})
	}
	for _, p := range v.Parents {
		lines = append(lines, field{"", nil, "parent", fmt.Sprintf("%s, %s", p.Version, percent(uint64(p.ShareBps)))})
	}
	files := newTable("Files", table.Row{"path", "size", "root"}, "path", "root")
	for _, f := range v.FileList {
		files.AppendRow(table.Row{f.Path, size(f.Size), f.Root})
	}
	text := lines.table(v.Version) + "\n" + files.Render()
	if len(v.ServedBy) == 0 {
		return text
	}
	by := newTable("Served by", table.Row{"subnet", "uid", "hotkey", "since", "proven at", "asked until"}, "hotkey")
	for _, b := range v.ServedBy {
		by.AppendRow(table.Row{b.Netuid, b.UID, b.Hotkey, b.BoundAt, never(b.ProvenAt), never(b.DueAt)})
	}
	return text + "\n" + by.Render()
}

// never is a height, or nothing where there is none.
func never(height int64) string {
	if height == 0 {
		return ""
	}
	return fmt.Sprint(height)
}
