package cmd

import (
	"encoding/hex"
	"fmt"
	"io"
	"reflect"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/lm"
	"github.com/agon-chain/agon/lm/gguf"
)

// modelFile is the answer of model show.
type modelFile struct {
	Digest     string         `json:"sha256"`
	Size       int64          `json:"size"`
	Version    uint32         `json:"gguf_version"`
	Parameters uint64         `json:"parameters"`
	Config     *lm.Config     `json:"config,omitempty"` // of a model that is computed here
	NotHere    string         `json:"not_computed_here,omitempty"`
	Metadata   map[string]any `json:"metadata"`
	Tensors    []tensorRow    `json:"tensors"`
}

type tensorRow struct {
	Name string   `json:"name"`
	Type string   `json:"type"`
	Dims []uint64 `json:"dims"`
}

func newModelShowCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "show",
		Short:   "Show what a GGUF file says of itself, and its digest",
		Long:    "show reads any GGUF file, also of models that are not computed here. Long lists of its metadata are counted, not printed.",
		Example: "  agon-miner model show --file stories.gguf",
		Args:    cobra.NoArgs,
		RunE:    runModelShow,
	}
	cmd.Flags().String(fileFlag, "", "the model, a GGUF file")
	_ = cmd.MarkFlagRequired(fileFlag) // the flag is there
	addOutput(cmd)
	return cmd
}

func runModelShow(cmd *cobra.Command, _ []string) error {
	path, err := cmd.Flags().GetString(fileFlag)
	if err != nil {
		return err
	}
	f, err := gguf.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	digest, err := f.Digest()
	if err != nil {
		return err
	}
	out := modelFile{
		Digest: hex.EncodeToString(digest[:]), Size: f.Size(), Version: f.Version, Parameters: lm.Parameters(f),
		Metadata: map[string]any{}, Tensors: []tensorRow{},
	}
	if c, err := lm.ReadConfig(f); err == nil {
		out.Config = &c
	} else {
		out.NotHere = err.Error()
	}
	for _, kv := range f.Metadata {
		out.Metadata[kv.Key] = shownValue(kv.Value)
	}
	for _, t := range f.Tensors {
		out.Tensors = append(out.Tensors, tensorRow{t.Name, t.Type.String(), t.Dims})
	}
	return answer(cmd, out, func(w io.Writer) error { return out.text(w, f) })
}

// shownValue leaves out what would fill screens.
func shownValue(v any) any {
	const most = 8
	if s := reflect.ValueOf(v); s.Kind() == reflect.Slice && s.Len() > most {
		return fmt.Sprintf("%d values of %s", s.Len(), s.Type().Elem())
	}
	// JSON has no numbers for these, and writes bytes as text.
	switch v := v.(type) {
	case float32, float64, []float32, []float64, []uint8:
		return fmt.Sprint(v)
	}
	return v
}

func (o modelFile) text(w io.Writer, f *gguf.File) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "SHA-256\t%s\n", o.Digest)
	fmt.Fprintf(t, "size\t%d bytes, GGUF version %d\n", o.Size, o.Version)
	fmt.Fprintf(t, "parameters\t%d in %d tensors: %s\n", o.Parameters, len(o.Tensors), byType(f))
	if o.Config == nil {
		fmt.Fprintf(t, "not computed here\t%s\n", o.NotHere)
	}
	for _, kv := range f.Metadata {
		text := fmt.Sprint(o.Metadata[kv.Key])
		if short := strings.Join(strings.Fields(text), " "); len(short) < 100 {
			text = short
		} else {
			text = fmt.Sprintf("%d bytes of text", len(text))
		}
		fmt.Fprintf(t, "%s\t%s\n", kv.Key, text)
	}
	return t.Flush()
}

// byType is how many tensors there are of each type, in the order in which types appear.
func byType(f *gguf.File) string {
	count := map[gguf.TensorType]int{}
	var order []gguf.TensorType
	for _, t := range f.Tensors {
		if count[t.Type] == 0 {
			order = append(order, t.Type)
		}
		count[t.Type]++
	}
	var parts []string
	for _, k := range order {
		parts = append(parts, fmt.Sprintf("%d of %v", count[k], k))
	}
	return strings.Join(parts, ", ")
}
