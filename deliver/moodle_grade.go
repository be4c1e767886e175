package deliver

import (
	"context"
	"net/url"
	"strconv"

	"qyragy/proctor"
)

// score sets the grade of the activity. Moodle's core function passes it on as
// a raw grade: a regrade of the quiz overwrites it.
func (m *Moodle) score(ctx context.Context, x Item, was present) (Receipt, error) {
	if err := linked(x, x.Record.Module, "activity"); err != nil {
		return Receipt{}, err
	}
	var value float64
	switch {
	case x.Effect == proctor.EffectAnnul && x.Score.Blank:
		return Receipt{}, failed(proctor.FailRefused, "Moodle's web services cannot clear a grade: do it by hand, or annul with a value")
	case x.Effect == proctor.EffectAnnul:
		value = x.Score.Value
	case was.Grade == nil:
		return Receipt{}, failed(proctor.FailRefused, "the grade before the annulment is not known: regrade the activity in Moodle")
	default:
		value = *was.Grade
	}
	const at = "grades[0]"
	var status *int
	err := m.call(ctx, "core_grades_update_grades", url.Values{
		"source": {"qyragy"}, "courseid": {strconv.Itoa(x.Record.Course)}, "component": {"mod_quiz"},
		"activityid": {strconv.Itoa(x.Record.Module)}, "itemnumber": {"0"},
		at + "[studentid]": {strconv.Itoa(x.User.MoodleUser)}, at + "[grade]": {strconv.FormatFloat(value, 'f', -1, 64)},
		at + "[str_feedback]": {sentence(x)},
	}, &status)
	if err != nil {
		return Receipt{}, err
	}
	if status == nil {
		return Receipt{}, failed(proctor.FailUnavailable, "core_grades_update_grades: no status")
	}
	if *status != 0 { // GRADE_UPDATE_OK
		return Receipt{}, failed(proctor.FailRefused, "core_grades_update_grades: status %d, as for a locked grade", *status)
	}
	return Receipt{Reference: "grade " + strconv.FormatFloat(value, 'f', -1, 64)}, nil
}

// grade is her grade in the activity now, nil for none.
func (m *Moodle) grade(ctx context.Context, x Item) (*float64, error) {
	var out struct {
		Users []struct {
			Items []struct {
				Module int      `json:"cmid"`
				Raw    *float64 `json:"graderaw"`
			} `json:"gradeitems"`
		} `json:"usergrades"`
	}
	err := m.call(ctx, "gradereport_user_get_grade_items", url.Values{
		"courseid": {strconv.Itoa(x.Record.Course)}, "userid": {strconv.Itoa(x.User.MoodleUser)},
	}, &out)
	if err != nil {
		return nil, err
	}
	if out.Users == nil { // it is not known that there was none
		return nil, failed(proctor.FailUnavailable, "gradereport_user_get_grade_items: the present grade cannot be read")
	}
	for _, u := range out.Users {
		for _, i := range u.Items {
			if i.Module == x.Record.Module {
				return i.Raw, nil
			}
		}
	}
	return nil, nil
}
