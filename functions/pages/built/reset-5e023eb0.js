document.getElementById('page').textContent='reset';
