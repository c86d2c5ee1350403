document.getElementById('page').textContent='security-info';
