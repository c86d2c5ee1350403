document.getElementById('page').textContent='password';
