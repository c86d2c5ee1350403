import{a as o,b as d,c as f}from"./chunk-XPGEYHB4.js";f(()=>d(o,{}));
