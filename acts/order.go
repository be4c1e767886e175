package acts

import (
	"fmt"

	"qyragy/proctor"
)

// Roles are the three who sign, in the only order in which they may: the
// order of the form's signature block.
func Roles() []proctor.Role {
	var roles []proctor.Role
	for _, r := range signRows() {
		roles = append(roles, r.role)
	}
	return roles
}

// FieldName names the i-th signature's form field, i in 0..2.
func FieldName(i int) string {
	return fmt.Sprintf("Signature%d%s", i+1, [...]string{"Specialist", "Engineer", "Head"}[i])
}
