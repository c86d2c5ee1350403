//! The exports of directories, admin centres and of `rekeyctl` itself, with what often stands in them.

use serde_json::json;

use super::{IMPORT, count, done, properties, rekeyctl};
use crate::support::Service;
use crate::surface::load_directory::Scratch;

/// The kinds of files that directories and admin centres export, each with what the contract wants of it.
#[service_test]
async fn real_exports_are_understood() {
    let entra = "userPrincipalName,displayName,surname,mail,givenName,id,userType,jobTitle,department,accountEnabled,\
                 officeLocation,telephoneNumber,mobilePhone,alternateEmailAddress,directorySynced\r\n\
                 ines@contoso.example,Ines Rey,Rey,ines@contoso.example,Ines,,,,Care,True,B2,+1 4255550111,+1 4255550101,\
                 ines.rey@example.org,\r\n\
                 gone@contoso.example,Gone,,gone@contoso.example,,,,,,False,,,+1 4255550102,gone@example.org,\r\n";
    let active_directory = "dn: CN=Gone,DC=contoso,DC=example\nchangetype: add\nobjectClass: user\n\
                            userPrincipalName: gone@contoso.example\nuserAccountControl: 514\nmobile: +1 4255550102\n\
                            otherMailbox: gone@example.org\n\n\
                            dn: CN=Ines,DC=contoso,DC=example\nobjectClass: user\ndisplayName: Ines Rey\nsn: Rey\n\
                            userPrincipalName: ines@contoso.example\nuserAccountControl: 512\nmobile: +1 4255550101\n\
                            telephoneNumber: +1 4255550111\notherMailbox: ines.rey@example.org\ndepartment: Care\n\
                            physicalDeliveryOfficeName: B2\n";
    let microsoft_365 = "Block credential,Department,Display name,Last name,Mobile Phone,Office,Phone number,\
                         Alternate email addresses,User principal name\n\
                         False,Care,Ines Rey,Rey,+1 4255550101,B2,+1 4255550111,ines.rey@example.org,ines@contoso.example\n\
                         True,,Gone,,+1 4255550102,,,gone@example.org,gone@contoso.example\n";
    let google = "First Name [Required],Last Name [Required],Email Address [Required],Password [Required],\
                  Status [READ ONLY],Recovery Email,Recovery Phone [MUST BE IN THE E.164 FORMAT],Work Phone,Department\n\
                  Ines,Rey,ines@contoso.example,****,Active,ines.rey@example.org,+14255550101,+14255550111,Care\n\
                  Gone,,gone@contoso.example,****,Suspended,gone@example.org,+14255550102,,\n";
    let okta = "login;firstName;lastName;email;mobilePhone;primaryPhone;secondEmail;status;department\n\
                ines@contoso.example;Ines;Rey;ines@contoso.example;+14255550101;+14255550111;ines.rey@example.org;ACTIVE;Care\n\
                gone@contoso.example;Gone;;gone@contoso.example;+14255550102;;gone@example.org;DEPROVISIONED;\n";
    let files =
        [("a.csv", entra), ("b.ldif", active_directory), ("c.csv", microsoft_365), ("d.csv", google), ("e.csv", okta)];
    for (name, text) in files {
        let service = Service::start(json!({})).await;
        let token = service.application(&IMPORT).await;
        let scratch = Scratch::new();
        let file = scratch.file(name, text.as_bytes());
        let output = rekeyctl(&service, &token, &["import", file.to_str().unwrap()]).await;
        assert_eq!((output.code, &output.out[..9]), (0, "2 created"), "{name} {output:?}");
        let select = "mobilePhone,businessPhones,otherMails,accountEnabled,department,surname,onPremisesSyncEnabled";
        assert_eq!(
            properties(&service, "ines@contoso.example", select).await,
            json!({
                "mobilePhone": "+1 4255550101", "businessPhones": ["+1 4255550111"],
                "otherMails": ["ines.rey@example.org"], "accountEnabled": true, "department": "Care", "surname": "Rey",
                "onPremisesSyncEnabled": name.ends_with("ldif")
            }),
            "{name}"
        );
        let select = "mobilePhone,otherMails,accountEnabled";
        assert_eq!(
            properties(&service, "gone@contoso.example", select).await,
            json!({"mobilePhone": "+1 4255550102", "otherMails": ["gone@example.org"], "accountEnabled": false}),
            "{name}"
        );
        // Who was switched on here by mistake is switched off again, and who was switched off stays so.
        service.patch("gone@contoso.example", &json!({"accountEnabled": true})).await.expect(204);
        service.patch("ines@contoso.example", &json!({"accountEnabled": false})).await.expect(204);
        let output = rekeyctl(&service, &token, &["import", file.to_str().unwrap()]).await;
        assert_eq!(&output.out[..32], "0 created, 1 updated, 1 unchange", "{name} {output:?}");
        for user in ["gone@contoso.example", "ines@contoso.example"] {
            assert_eq!(properties(&service, user, "accountEnabled").await, json!({"accountEnabled": false}), "{name}");
        }
        let output = rekeyctl(&service, &token, &["import", file.to_str().unwrap(), "--enable"]).await;
        assert_eq!(&output.out[..32], "0 created, 1 updated, 1 unchange", "{name} {output:?}");
        let ines = properties(&service, "ines@contoso.example", "accountEnabled").await;
        assert_eq!(ines, json!({"accountEnabled": true}), "{name}");
    }
}

#[service_test]
async fn whom_an_export_switches_off_arrives_disabled_or_is_named() {
    let service = Service::start(json!({})).await;
    let token = service.application(&IMPORT).await;
    let scratch = Scratch::new();
    for (number, (column, cell)) in [
        ("Block sign-in", "Yes"),
        ("account_enabled", "false"),
        ("account-enabled", "false"),
        ("ACCOUNT_STATUS", "Disabled"),
        ("Account is disabled", "True"),
        ("Sign-in status", "Blocked"),
        ("Sign-in enabled", "False"),
        ("Archived", "TRUE"),
        ("deletedDateTime", "2026-11-02T10:15:00Z"),
        ("Soft deletion time stamp", "11/2/2026 10:15:00 AM"),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("gone{number}@contoso.example");
        let file = scratch.file("a.csv", format!("userPrincipalName,mobile,{column}\n{name},,{cell}\n").as_bytes());
        let output = rekeyctl(&service, &token, &["import", file.to_str().unwrap()]).await;
        assert_eq!(output, done("1 created, 0 updated, 0 unchanged, 0 skipped, 0 rejected\n"), "{column}");
        assert_eq!(properties(&service, &name, "accountEnabled").await, json!({"accountEnabled": false}), "{column}");
    }
    let before = count(&service).await;
    let rows = b"userPrincipalName,mobile,Archived,Employment status\na@contoso.example,,last year,left\n";
    let file = scratch.file("a.csv", rows);
    let output = rekeyctl(&service, &token, &["import", file.to_str().unwrap()]).await;
    assert_eq!((output.code, count(&service).await), (3, before), "nobody is enabled by a cell that cannot be read");
    let lines: Vec<&str> = output.err.lines().collect();
    assert_eq!(
        lines,
        [
            "line 2: Archived: neither yes nor no",
            "line 2: entry: whether the account is switched off could not be read, the person is not loaded",
            "line 1: Employment status: not read; whether somebody is switched off is read from accountEnabled, Block \
             sign in or Account status (noted)",
        ]
    );
}

#[service_test]
async fn what_rekeyctl_exports_it_imports_again() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let strange = json!({
        "displayName": "=Ann \u{200d}\u{202e}\"the\" first", "city": "'-", "faxNumber": "+1 4255550190",
        "mobilePhone": "+44 7700900123", "otherMails": ["+ann@example.org", "ann@example.org"], "accountEnabled": false
    });
    service.create("-ann@contoso.example", strange).await;
    let token = service.application(&[IMPORT[0], IMPORT[1], "User.Read.All"]).await;
    let columns = "userPrincipalName,displayName,accountEnabled,mobilePhone,businessPhones,otherMails,city,faxNumber,\
                   onPremisesSyncEnabled";
    let scratch = Scratch::new();
    for columns in [&[][..], &["--columns", columns]] {
        let words = [&["users", "--output", "csv"][..], columns].concat();
        let export = rekeyctl(&service, &token, &words).await;
        assert!(export.code == 0 && export.out.contains("'+44 7700900123"), "{export:?}");
        let file = scratch.file("people.csv", export.out.as_bytes());
        let file = file.to_str().unwrap();
        let same = rekeyctl(&service, &token, &["import", file]).await;
        assert_eq!(same, done("0 created, 0 updated, 2 unchanged, 0 skipped, 0 rejected\n"));
    }
    let empty = Service::start(json!({})).await;
    let token = empty.application(&IMPORT).await;
    let file = scratch.path().join("people.csv");
    let created = rekeyctl(&empty, &token, &["import", file.to_str().unwrap()]).await;
    assert_eq!(created, done("2 created, 0 updated, 0 unchanged, 0 skipped, 0 rejected\n"));
    for name in ["-ann@contoso.example", "adele@contoso.example"] {
        assert_eq!(properties(&empty, name, columns).await, properties(&service, name, columns).await);
    }
}

#[service_test]
async fn an_export_that_was_cut_off_is_reported() {
    let service = Service::start(json!({})).await;
    let token = service.application(&IMPORT).await;
    let scratch = Scratch::new();
    let person = "dn: uid=a\nuserPrincipalName: a@contoso.example\nmobile: +1 4255550100\n\n";
    let reason = "file: the search ended with result 4, so people may be missing; export again, for example in pages \
                  with ldapsearch -E pr=1000/noprompt\n";
    for end in [
        "# search result\nsearch: 2\nresult: 4 Size limit exceeded\n",
        "# result: 4 Size limit exceeded\n\n",
        "ldap_search_ext: Size limit exceeded (4)\n",
    ] {
        let file = scratch.file("a.ldif", format!("{person}{end}").as_bytes());
        let output = rekeyctl(&service, &token, &["import", file.to_str().unwrap()]).await;
        assert_eq!(output.code, 2, "{end}");
        assert!(output.err.starts_with("line ") && output.err.ends_with(reason), "{output:?}");
        assert!(output.out.ends_with(", 1 rejected\n"), "{output:?}");
    }
    let file = scratch.file("a.ldif", format!("{person}search: 2\nresult: 0 Success\n\n# numEntries: 1\n").as_bytes());
    let output = rekeyctl(&service, &token, &["import", file.to_str().unwrap()]).await;
    assert_eq!(output, done("0 created, 0 updated, 1 unchanged, 0 skipped, 0 rejected\n"));
}

#[service_test]
async fn names_and_forms_that_exporters_choose_are_read() {
    let service = Service::start(json!({})).await;
    let token = service.application(&IMPORT).await;
    let scratch = Scratch::new();
    let ldif = |name: &str| format!("dn: uid=x\nuserPrincipalName: {name}@contoso.example\nmobile: +1 4255550100\n");
    for (file, text, owned) in [
        ("a.LDF", ldif("a"), true),
        ("b.txt", ldif("b"), true),
        ("c.csv", ldif("c"), true),
        ("d.tsv", "userPrincipalName\tmobile\nd@contoso.example\t+1 4255550100\n".to_owned(), false),
        ("e.txt", "userPrincipalName;mobile\ne@contoso.example;+1 4255550100\n".to_owned(), false),
    ] {
        let path = scratch.file(file, text.as_bytes());
        let output = rekeyctl(&service, &token, &["import", path.to_str().unwrap()]).await;
        assert_eq!(output, done("1 created, 0 updated, 0 unchanged, 0 skipped, 0 rejected\n"), "{file}");
        let user = properties(&service, &format!("{}@contoso.example", &file[..1]), "onPremisesSyncEnabled").await;
        assert_eq!(user, json!({"onPremisesSyncEnabled": owned}), "{file}");
    }

    let street = b"userPrincipalName,mobile,streetAddress\nf@contoso.example,,\"1 Main St.\r\nFloor 2\"\n";
    let path = scratch.file("f.csv", street);
    assert_eq!(rekeyctl(&service, &token, &["import", path.to_str().unwrap()]).await.code, 0);
    let user = properties(&service, "f@contoso.example", "streetAddress").await;
    assert_eq!(user, json!({"streetAddress": "1 Main St., Floor 2"}));

    let faults = "userPrincipalName,mobile\ng@contoso.example,++14255550101\nh@contoso.example;+1 4255550100\n\
                  i@contoso.example;+1 4255550100\n";
    let path = scratch.file("g.csv", faults.as_bytes());
    let output = rekeyctl(&service, &token, &["import", path.to_str().unwrap()]).await;
    assert_eq!(output.code, 2);
    let lines: Vec<&str> = output.err.lines().collect();
    assert_eq!(
        lines,
        [
            "line 2: mobile: contains “+” more than once; write it only before the country code",
            "line 3: file: the header has commas between its cells, but rows from here on have semicolons; these rows \
             are not loaded",
        ]
    );
}
