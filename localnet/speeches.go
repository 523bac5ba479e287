package localnet

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/agon-chain/agon/lm/train/corpus"
	"github.com/agon-chain/agon/task/chat"
	"github.com/agon-chain/agon/x/model/content/disk"
	modeltypes "github.com/agon-chain/agon/x/model/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// The versions that the subnet for speeches pins, by the folders of the shipped models, the best for it first.
var speechModels = []string{"sotu-late", "sotu-base", "sotu-early"}

// cheapModel is what a cheat writes with.
const cheapModel = "sotu-small"

// pin is a shipped model's first version.
func pin(model string) string { return model + "@1" }

// speeches is the subnet for language models that continue speeches from 1950 on: one expert for them, the model that it was
// fine-tuned from, an expert for others, and three that cheat.
func speeches(h subnettypes.Hyperparams, dir, modelsDir, corpusDir string) (Subnet, error) {
	h.Tempo = 30
	modelsDir = absolute(modelsDir) // the programs have folders of their own
	file := func(model string) string { return filepath.Join(modelsDir, model, "model.gguf") }
	var pinned []chat.Model
	var models []Publication
	for _, m := range speechModels {
		root, err := disk.Root(context.Background(), file(m))
		if err != nil {
			return Subnet{}, fmt.Errorf("%w; make the models with: make models", err)
		}
		pinned = append(pinned, chat.Model{Pin: pin(m), Root: hex.EncodeToString(root[:])})
		models = append(models, Publication{Name: m, Path: file(m), Description: modeltypes.Description{
			Architecture: "llama", Quantization: "q8_0", Engine: "llama.cpp", ContextLength: 256, Licence: "Apache-2.0",
		}})
	}
	params, err := json.Marshal(chat.Params{Models: pinned, MaxContext: 256, MaxTokens: 64})
	if err != nil {
		return Subnet{}, err
	}
	options := func(more map[string]string) string {
		b, err := json.Marshal(more)
		if err != nil {
			panic(err) // strings always encode
		}
		return string(b)
	}
	gguf := func(model string) string {
		return options(map[string]string{"file": file(model), "serves": pin(model)})
	}
	best := speechModels[0]
	return Subnet{
		Name: "Speeches", Symbol: "SPEECH", TaskKind: "chat", TaskParams: string(params), Hyperparams: h,
		DataDir: dir,
		Models:  models,
		Lay:     func(dir string) error { return laySpeeches(dir, modelsDir, corpusDir) },
		Miners: []Miner{
			{Name: "late", Kind: "honest", Expert: "gguf", Options: gguf("sotu-late")},
			{Name: "base", Kind: "honest", Expert: "gguf", Options: gguf("sotu-base")},
			{Name: "early", Kind: "honest", Expert: "gguf", Options: gguf("sotu-early")},
			{Name: "quantizer", Kind: "quantizer", Expert: "quantizer", Options: gguf(best), Dishonest: true},
			{
				Name: "prefiller", Kind: "prefiller", Expert: "prefiller", Dishonest: true,
				Options: options(map[string]string{"file": file(cheapModel), "pinned": file(best), "serves": pin(best)}),
			},
			{Name: "relay", Kind: "relay", Expert: "openai", Options: options(map[string]string{"serves": pin(best)}), Relay: "late"},
		},
		Validators: []Validator{
			{Name: "judge-1", Kind: "honest", Stake: agon(1_000), PerMiner: 16},
			{Name: "judge-2", Kind: "honest", Stake: agon(1_000), PerMiner: 16},
		},
	}, nil
}

// lateFrom is the year from which on speeches are the subnet's.
const lateFrom = 1950

// laySpeeches makes the data folder of the subnet for speeches: the pinned files with their profiles out of the shipped models, and
// as text the speeches of its years that no model was trained on.
func laySpeeches(dir, modelsDir, corpusDir string) error {
	all, err := corpus.Sotu(corpusDir)
	if err != nil {
		return fmt.Errorf("%w; fetch it with: make data", err)
	}
	_, heldOut := corpus.Split(all)
	if err := os.MkdirAll(filepath.Join(dir, "text"), 0o755); err != nil {
		return err
	}
	for _, m := range speechModels {
		if err := os.MkdirAll(filepath.Join(dir, "models", pin(m)), 0o755); err != nil {
			return err
		}
		for from, to := range map[string]string{"model.gguf": filepath.Join(pin(m), "model.gguf"), "profile.json": pin(m) + ".profile.json"} {
			if err := copyFile(filepath.Join(modelsDir, m, from), filepath.Join(dir, "models", to)); err != nil {
				return fmt.Errorf("%w; make the models with: make models", err)
			}
		}
	}
	for _, d := range corpus.Where(heldOut, func(d corpus.Document) bool { return d.Year >= lateFrom }) {
		// Paragraphs stand on lines of their own; the task parts them by empty ones.
		text := strings.ReplaceAll(d.Text, "\n", "\n\n")
		if err := os.WriteFile(filepath.Join(dir, "text", d.Name+".txt"), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}
