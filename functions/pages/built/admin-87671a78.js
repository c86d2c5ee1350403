document.getElementById('page').textContent='admin';
