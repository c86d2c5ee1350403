//! Who is switched off, and what is no person, as exports say it.

use super::*;

/// The people of a CSV file with one column beside the usual ones: whether each of these cells switches them off.
fn said(column: &str, cells: &[&str]) -> (Vec<Option<bool>>, Export) {
    let rows: String = cells.iter().map(|cell| format!("p{}@b.example,\"{cell}\"\n", cell.len())).collect();
    let export = read(format!("userPrincipalName,{column}\n{rows}").as_bytes(), Format::Csv, &ANY);
    (export.people.iter().map(|person| person.is_off).collect(), export)
}

#[test]
fn whom_a_column_switches_off_is_off_whatever_the_column_is_called() {
    for (column, off, on) in [
        ("Block sign-in", "Yes", "No"),
        ("account_enabled", "false", "true"),
        ("account-enabled", "FALSE", "True"),
        ("ACCOUNT_STATUS", "Disabled", "Enabled"),
        ("Account is disabled", "True", "False"),
        ("Sign-in status", "Blocked", "Allowed"),
        ("Sign-in enabled", "False", "True"),
        ("Archived", "TRUE", "FALSE"),
        ("deletedDateTime", "2026-11-02T10:15:00Z", "0001-01-01T00:00:00Z"),
        ("Soft deletion time stamp", "11/2/2026 10:15:00 AM", "1/1/0001 12:00:00 AM"),
        ("Deletion-Timestamp", "2026-11-02 10:15:00", "01.01.1601"),
        ("User status", "sign-in blocked", "PASSWORD EXPIRED"),
        ("is_suspended", "yes", "no"),
        ("Account state", "Disabled", "Active"),
        ("Can sign in", "no", "yes"),
    ] {
        let (is_off, export) = said(column, &[off, on, ""]);
        assert_eq!(is_off, [Some(true), Some(false), None], "{column}");
        assert_eq!((shown(&export), noted(&export)), (Vec::new(), Vec::new()), "{column}");
    }
}

#[test]
fn a_state_that_is_no_province_switches_off() {
    let (is_off, export) = said("state", &["SUSPENDED", "Bavaria", "", "disabled"]);
    assert_eq!(is_off, [Some(true), None, None, Some(true)]);
    assert_eq!((shown(&export), noted(&export)), (Vec::new(), Vec::new()));
}

#[test]
fn a_person_whose_switch_cannot_be_read_is_not_loaded() {
    for (column, cell) in [
        ("Block sign-in", "Blocked?"),
        ("account_enabled", "System.Object[]"),
        ("ACCOUNT_STATUS", "Probation"),
        ("Archived", "last year"),
        ("deletedDateTime", "recently"),
        ("sambaAcctFlags", "disabled"),
        ("pwdAccountLockedTime", "TRUE"),
    ] {
        let (is_off, export) = said(column, &[cell]);
        assert_eq!(is_off, [], "{column}");
        let rule = "line 2: entry: whether the account is switched off could not be read, the person is not loaded";
        assert_eq!(shown(&export)[1..], [rule], "{column}");
    }
}

#[test]
fn a_column_that_looks_like_a_switch_and_is_not_read_is_named() {
    let rule =
        "not read; whether somebody is switched off is read from accountEnabled, Block sign in or Account status";
    for column in ["Employment status", "employee_terminated", "LockedOut", "Contract expiry", "Konto gesperrt"] {
        let (is_off, export) = said(column, &["x"]);
        assert_eq!(is_off, [None], "{column}");
        assert_eq!((noted(&export), shown(&export)), (vec![format!("line 1: {column}: {rule}")], Vec::new()));
    }
    let entry = |name| format!("dn: x\nuserPrincipalName: {name}@b.example\nemployeeStatus: left\n\n");
    let export = read((entry("a") + &entry("b")).as_bytes(), Format::Ldif, &ANY);
    assert_eq!(noted(&export), [format!("line 3: employeeStatus: {rule}")]);
    let latin_1 = read(b"mail,gesperrt f\xFCr immer,otherMails\na@b.example,ja,\n", Format::Csv, &ANY);
    assert!(noted(&latin_1)[0].starts_with("line 1: gesperrt f"), "{:?}", noted(&latin_1));
}

#[test]
fn an_account_that_ends_is_noted() {
    let rule = "the account ends at a moment, and the moment is not read; disable the person if it has passed";
    let (is_off, export) = said("accountExpires", &["9223372036854775807", "0", "", "133485408000000000"]);
    assert_eq!(is_off, [None; 4]);
    assert_eq!((noted(&export), shown(&export)), (vec![format!("line 5: accountExpires: {rule}")], Vec::new()));
}

#[test]
fn what_is_no_person_is_none_by_its_class_its_category_or_its_type() {
    for (column, cell, class) in [
        ("objectClass", "group", "group"),
        ("objectCategory", "CN=Group,CN=Schema,CN=Configuration,DC=contoso,DC=example", "group"),
        ("object_category", "CN=Organizational-Unit,CN=Schema,CN=Configuration,DC=contoso", "organizationalUnit"),
        ("ObjectType", "Group", "group"),
        ("@odata.type", "#microsoft.graph.group", "group"),
    ] {
        let (is_off, export) = said(column, &[cell]);
        assert_eq!(is_off, [], "{column}");
        assert!(skipped(&export)[0].ends_with(&format!(": {class} is no class of people")), "{:?}", skipped(&export));
    }
    let (is_off, _) = said("objectCategory", &["CN=Person,CN=Schema,CN=Configuration,DC=group,DC=example"]);
    assert_eq!(is_off.len(), 1, "only the first part of the name is the class");
    let ldif = b"dn: g\nobjectCategory: CN=Computer,CN=Schema,CN=Configuration\nmail: a@b.example\n";
    assert_eq!(skipped(&read(ldif, Format::Ldif, &ANY)).len(), 1);
}

#[test]
fn a_class_that_powershell_did_not_write_out_refuses_its_entry() {
    let rule = "PowerShell wrote the type of a list in its place; join the list before the export";
    for (column, cell) in [
        ("objectClass", "System.Object[]"),
        ("objectClass", "System.Collections.ArrayList"),
        ("objectClass", "Microsoft.ActiveDirectory.Management.ADPropertyValueCollection"),
        ("objectCategory", "System.Object[]"),
    ] {
        let (is_off, export) = said(column, &[cell]);
        assert_eq!(is_off, [], "{cell}");
        assert_eq!(
            shown(&export),
            [
                format!("line 2: {column}: {rule}"),
                "line 2: entry: what the entry is could not be read, it is not loaded".to_owned()
            ]
        );
    }
    // In other columns the value is lost, and the person loads.
    let text = b"mail,mobile,otherMails\na@b.example,System.Object[],Microsoft.Graph.PowerShell.Models.Mail[]\n";
    let export = read(text, Format::Csv, &ANY);
    assert_eq!((export.people.len(), shown(&export).len()), (1, 2));
    let named = read(b"mail,displayName,mobile\na@b.example,System.Administrator,\n", Format::Csv, &ANY);
    assert_eq!(shown(&named), NONE, "a name is no type");
}
