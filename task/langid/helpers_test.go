package langid

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/task"
)

// sentences are ours, written for these tests.
var sentences = map[string][]string{
	"eng": {
		"The old baker opens his shop before the sun comes up, and the whole street soon smells of warm bread and roasted coffee.",
		"She put the letters back into the wooden box and waited quietly for the evening train to arrive.",
		"Nobody in our village remembers a winter as long and as cold as the one that we had this year.",
	},
	"deu": {
		"Der alte Bäcker öffnet seinen Laden vor Sonnenaufgang, und bald riecht die ganze Straße nach warmem Brot und nach frischem Kaffee.",
		"Sie legte die Briefe zurück in die Kiste aus Holz und wartete still auf den Zug am Abend.",
		"Niemand in unserem Dorf erinnert sich an einen Winter, der so lang und so kalt war wie dieser.",
	},
	"spa": {
		"El viejo panadero abre su tienda antes de que salga el sol, y pronto toda la calle huele a pan caliente y a café tostado.",
		"Ella guardó las cartas en la caja de madera y esperó en silencio el tren de la noche.",
		"Nadie en nuestro pueblo recuerda un invierno tan largo y tan frío como el que tuvimos este año.",
	},
	"tur": {
		"Yaşlı fırıncı dükkânını güneş doğmadan önce açar ve çok geçmeden bütün sokak sıcak ekmek ve taze kahve kokusuyla dolup taşar.",
		"Mektupları tahta kutuya geri koydu ve akşam trenini sessizce bekledi, çünkü başka yapacak hiçbir işi yoktu o gün.",
		"Köyümüzde hiç kimse bu yıl yaşadığımız kadar uzun ve soğuk bir kış hatırlamıyor diye anlatıyor ihtiyar komşumuz.",
	},
}

// memory is a source with the first two sentences for training, the third held out.
type memory struct{}

func (memory) Documents(_ context.Context, part task.Part) ([]task.Document, error) {
	var docs []task.Document
	for _, l := range []string{"deu", "eng", "spa", "tur"} {
		for i, s := range sentences[l] {
			if (i == 2) == (part == task.HeldOut) {
				docs = append(docs, task.Document{ID: fmt.Sprintf("%s/%d", l, i), Label: l, Texts: []string{s}})
			}
		}
	}
	return docs, nil
}

func testParams() Params {
	p := DefaultParams()
	p.Languages = []string{"deu", "eng", "spa", "tur"}
	p.MinWords, p.MaxWords, p.CanaryWords = 1, 5, 12
	return p
}

func newTestExaminer(t *testing.T, edit func(*Params)) *examiner {
	t.Helper()
	p := testParams()
	if edit != nil {
		edit(&p)
	}
	x, err := NewExaminer(context.Background(), p, [32]byte{42}, memory{})
	require.NoError(t, err)
	return x.(*examiner)
}

func textOf(t *testing.T, q task.Question) string {
	t.Helper()
	r, err := DecodeRequest(q.Body)
	require.NoError(t, err)
	return r.Text
}

func hidden(t *testing.T, q task.Question) expectation {
	t.Helper()
	e, err := decodeExpectation(q)
	require.NoError(t, err)
	return e
}

func says(language string) task.Answer {
	body, _ := json.Marshal(Response{Language: language, Confidence: 1})
	return task.Answer{Body: body}
}
