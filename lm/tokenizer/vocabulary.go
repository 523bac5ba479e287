package tokenizer

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/agon-chain/agon/lm/gguf"
)

// maxTokens bounds a vocabulary; the largest in use have a quarter of a million.
const maxTokens = 1 << 22

// kind is what the file says of a token, as llama.cpp numbers it.
type kind int32

const (
	normal      kind = 1
	unknown     kind = 2
	control     kind = 3
	userDefined kind = 4
	unused      kind = 5
	byteToken   kind = 6
)

// Tokenizer is one vocabulary with its rules. It never changes and may be used by any number of goroutines.
type Tokenizer struct {
	texts  []string // as in the file
	pieces []string // the bytes that a token stands for; none for control tokens
	kinds  []kind
	ids    map[string]int

	bos, eos, unk    int // -1 for none
	addBOS, addEOS   bool
	spacePrefix      bool
	end              map[int]bool
	specials         []int // longest text first
	scores           []float32
	bytes            [256]int // token of a byte
	merges           map[[2]string]int
	words            func(string) []string // nil for `llama`
	wholeWordsBefore bool                  // a word that is a token is it, whatever the merges say
}

// endTexts are the tokens that end a turn or a text in vocabularies in use, whether or not the file's metadata says so.
var endTexts = []string{
	"<|eot_id|>", "<|eom_id|>", "<|im_end|>", "<|end|>", "<|endoftext|>", "<|end_of_text|>", "<end_of_turn>", "<EOT>", "<|EOT|>",
}

// Load reads the tokenizer of a file. ErrVocabulary.
func Load(f *gguf.File) (*Tokenizer, error) {
	t, err := load(f)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrVocabulary, err)
	}
	return t, nil
}

const prefix = "tokenizer.ggml."

func load(f *gguf.File) (*Tokenizer, error) {
	model, err := gguf.Get[string](f, prefix+"model")
	if err != nil {
		return nil, err
	}
	t := &Tokenizer{ids: map[string]int{}, end: map[int]bool{}}
	if t.texts, err = gguf.Get[[]string](f, prefix+"tokens"); err != nil {
		return nil, err
	}
	if len(t.texts) == 0 || len(t.texts) > maxTokens {
		return nil, fmt.Errorf("%stokens has %d tokens, want 1 to %d", prefix, len(t.texts), maxTokens)
	}
	if err := t.readKinds(f); err != nil {
		return nil, err
	}
	for id, text := range t.texts {
		if first, twice := t.ids[text]; twice {
			return nil, fmt.Errorf("tokens %d and %d both read %q", first, id, text)
		}
		t.ids[text] = id
	}
	defaults := map[string]int{"bos": -1, "eos": -1, "unknown": -1}
	switch model {
	case "llama":
		t.addBOS, t.spacePrefix = true, true
		defaults = map[string]int{"bos": 1, "eos": 2, "unknown": 0}
		err = t.loadScores(f)
	case "gpt2":
		err = t.loadMerges(f)
	default:
		err = fmt.Errorf("%smodel is %q, want llama or gpt2", prefix, model)
	}
	if err != nil {
		return nil, err
	}
	if err := t.readRules(f, defaults); err != nil {
		return nil, err
	}
	return t, t.finish()
}

func (t *Tokenizer) readKinds(f *gguf.File) error {
	t.kinds = make([]kind, len(t.texts))
	kinds, err := gguf.Get[[]int32](f, prefix+"token_type")
	if errors.Is(err, gguf.ErrMissing) {
		for i := range t.kinds {
			t.kinds[i] = normal
		}
		return nil
	}
	if err == nil && len(kinds) != len(t.texts) {
		err = fmt.Errorf("%stoken_type has %d entries, want %d", prefix, len(kinds), len(t.texts))
	}
	if err != nil {
		return err
	}
	for i, k := range kinds {
		t.kinds[i] = kind(k)
	}
	return nil
}

func (t *Tokenizer) loadScores(f *gguf.File) error {
	var err error
	if t.scores, err = gguf.Get[[]float32](f, prefix+"scores"); err != nil {
		return err
	}
	if len(t.scores) != len(t.texts) {
		return fmt.Errorf("%sscores has %d entries, want %d", prefix, len(t.scores), len(t.texts))
	}
	for id, s := range t.scores {
		if math.IsNaN(float64(s)) {
			return fmt.Errorf("%sscores: the score of token %d is NaN", prefix, id)
		}
	}
	return nil
}

func (t *Tokenizer) loadMerges(f *gguf.File) error {
	pre, err := gguf.Get[string](f, prefix+"pre")
	if err != nil && !errors.Is(err, gguf.ErrMissing) {
		return err
	}
	switch pre {
	case "", "default":
		t.words = defaultWords
	case "gpt-2":
		t.words = gpt2Words
	case "llama-bpe", "llama3", "llama-v3":
		t.words, t.addBOS, t.wholeWordsBefore = llama3Words, true, true
	case "qwen2":
		t.words = qwen2Words
	default:
		return fmt.Errorf("%spre is %q, want default, gpt-2, llama-bpe or qwen2", prefix, pre)
	}
	merges, err := gguf.Get[[]string](f, prefix+"merges")
	if err != nil {
		return err
	}
	t.merges = make(map[[2]string]int, len(merges))
	for rank, m := range merges {
		// The second part may not begin with a space, the first may: a space itself is written otherwise.
		at := strings.Index(m[min(1, len(m)):], " ") + 1
		if at == 0 {
			return fmt.Errorf("%smerges: entry %d is %q, want two parts", prefix, rank, m)
		}
		pair := [2]string{m[:at], m[at+1:]}
		if _, twice := t.merges[pair]; !twice {
			t.merges[pair] = rank
		}
	}
	return nil
}

// readRules reads the special tokens and what goes around a text.
func (t *Tokenizer) readRules(f *gguf.File, defaults map[string]int) error {
	id := func(name string) int {
		n, err := f.Uint(prefix+name+"_token_id", math.MaxUint32)
		def, has := defaults[name]
		switch {
		case err == nil && n < uint64(len(t.texts)):
			return int(n)
		case err != nil && has && def < len(t.texts):
			return def
		}
		return -1 // llama.cpp too passes over an id outside the vocabulary
	}
	t.bos, t.eos, t.unk = id("bos"), id("eos"), id("unknown")
	for _, name := range []string{"eos", "eot", "eom"} {
		if n := id(name); n >= 0 {
			t.end[n] = true
		}
	}
	for _, text := range endTexts {
		if n, ok := t.ids[text]; ok {
			t.end[n] = true
		}
	}
	for key, flag := range map[string]*bool{"add_bos_token": &t.addBOS, "add_eos_token": &t.addEOS, "add_space_prefix": &t.spacePrefix} {
		v, err := gguf.Get[bool](f, prefix+key)
		if err == nil {
			*flag = v
		} else if !errors.Is(err, gguf.ErrMissing) {
			return err
		}
	}
	if t.words != nil {
		t.spacePrefix = false
	}
	return nil
}

// finish works out what follows from the rest.
func (t *Tokenizer) finish() error {
	t.pieces = make([]string, len(t.texts))
	for id, text := range t.texts {
		switch k := t.kinds[id]; {
		case k == control || k == unknown:
		case k == userDefined:
			t.pieces[id] = text
		case t.words != nil:
			t.pieces[id] = fromPrintable(text)
		case k == byteToken:
			var b byte
			if n, err := fmt.Sscanf(text, "<0x%02X>", &b); n != 1 || err != nil || len(text) != 6 {
				return fmt.Errorf("token %d is a byte and reads %q, want <0x00> to <0xFF>", id, text)
			}
			t.pieces[id] = string([]byte{b})
		default:
			t.pieces[id] = strings.ReplaceAll(text, spaceMark, " ")
		}
		if k := t.kinds[id]; (k == control || k == unknown || k == userDefined) && text != "" {
			t.specials = append(t.specials, id)
		}
	}
	slices.SortStableFunc(t.specials, func(a, b int) int { return len(t.texts[b]) - len(t.texts[a]) })
	for b := range 256 {
		text := fmt.Sprintf("<0x%02X>", b)
		if t.words != nil {
			text = string(printable[b])
		}
		id, ok := t.ids[text]
		if !ok {
			if id = t.unk; id < 0 {
				return fmt.Errorf("byte %#x has no token, and there is no token for the unknown", b)
			}
		}
		t.bytes[b] = id
	}
	return nil
}

// Size is the number of tokens.
func (t *Tokenizer) Size() int { return len(t.texts) }

// BOS is the token at the beginning of a text, and whether the vocabulary has one.
func (t *Tokenizer) BOS() (id int, ok bool) { return t.bos, t.bos >= 0 }

// EOS is the token at the end of a text, and whether the vocabulary has one.
func (t *Tokenizer) EOS() (id int, ok bool) { return t.eos, t.eos >= 0 }

// IsEnd says whether a token ends a text or a turn.
func (t *Tokenizer) IsEnd(id int) bool { return t.end[id] }

// Text is a token as the vocabulary writes it, such as "<s>"; empty for what is no token. Piece is what it stands for.
func (t *Tokenizer) Text(id int) string {
	if id < 0 || id >= len(t.texts) {
		return ""
	}
	return t.texts[id]
}
